// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A server in a separate process, started in the same way as by the comparison. */
final class ServerProcess implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = 20;

    private final Process process;
    private final BufferedReader output;
    private final int port;

    private ServerProcess(Process process, int port) {
        this.process = process;
        this.port = port;
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    }

    static ServerProcess start(Contestant contestant, Path certificate, Path key, Path directory) throws IOException {
        int port = FreePort.find();
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Launch launch = new Launch(port, certificate, key, java, List.of("-Xmx256m"), directory);
        Process started = new ProcessBuilder(contestant.command(launch))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        ServerProcess server = new ServerProcess(started, port);
        try {
            server.awaitListening(contestant);
            return server;
        } catch (IOException | RuntimeException failure) {
            server.close();
            throw failure;
        }
    }

    int port() {
        return port;
    }

    /** Sends a line, and returns the reply. */
    Optional<String> send(String line) throws IOException {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(UTF_8));
        in.flush();
        return Optional.ofNullable(output.readLine());
    }

    /** Closes its standard input, and returns its exit status. */
    int endInput() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("it did not exit after its standard input was closed");
        }
        return process.exitValue();
    }

    private void awaitListening(Contestant contestant) throws IOException {
        if (contestant instanceof JvmContestant) {
            String line = output.readLine();
            if (!("READY " + port).equals(line)) {
                throw new IOException(contestant.name() + " printed " + line);
            }
            return;
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!isListening()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IOException(contestant.name() + " does not listen");
            }
            Thread.onSpinWait();
        }
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
