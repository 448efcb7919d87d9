// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import io.portcullis.benchmarks.servers.Contestant;
import io.portcullis.benchmarks.servers.FreePort;
import io.portcullis.benchmarks.servers.Launch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A running server of the comparison. */
final class ServerProcess implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(60);
    private static final long MEMORY_SECONDS = 30;
    private static final int CONNECT_MILLIS = 200;

    private final Contestant contestant;
    private final int port;
    private final Child child;
    private final ProcessTree tree;

    private ServerProcess(Contestant contestant, int port, Child child) {
        this.contestant = contestant;
        this.port = port;
        this.child = child;
        this.tree = new ProcessTree(child.handle());
    }

    /**
     * Starts a server, and waits until it accepts connections.
     *
     * @param contestant the server
     * @param pinning the pinning of the process
     * @param certificates the directory of {@code NAME.pem} and {@code NAME-key.pem}
     * @param certificate the name of the certificate
     * @param settings the settings of the run
     * @return the listening server
     * @throws IOException if it does not start
     */
    static ServerProcess start(
            Contestant contestant, Pinning pinning, Path certificates, String certificate, Settings settings)
            throws IOException {
        int port = FreePort.find();
        Path directory = Files.createTempDirectory(certificates, fileName(contestant.name()) + "-");
        Launch launch = new Launch(
                port,
                certificates.resolve(certificate + ".pem"),
                certificates.resolve(certificate + "-key.pem"),
                settings.java(),
                settings.jvmOptions(),
                Files.createDirectory(directory.resolve("work")));
        List<String> command = contestant.command(launch);
        Child child = new Child(pinning.server(command), directory.resolve("errors.txt"));
        ServerProcess server = new ServerProcess(contestant, port, child);
        try {
            server.awaitPort();
            return server;
        } catch (IOException e) {
            server.close();
            throw new IOException(contestant.name() + " does not start: " + e.getMessage(), e);
        }
    }

    /** Returns the name of a server in a form usable in file names. */
    static String fileName(String name) {
        return name.replaceAll("[^A-Za-z0-9.=+-]", "_");
    }

    Contestant contestant() {
        return contestant;
    }

    String name() {
        return contestant.name();
    }

    int port() {
        return port;
    }

    long pid() {
        return child.handle().pid();
    }

    ProcessTree tree() {
        return tree;
    }

    /** Returns the heap used after a collection, in bytes; empty if this is not a JVM. */
    OptionalLong heapUsed() throws IOException {
        if (!contestant.jvm()) {
            return OptionalLong.empty();
        }
        child.discardOutput();
        child.send("memory");
        for (String line = child.readLine(MEMORY_SECONDS); line != null; line = child.readLine(MEMORY_SECONDS)) {
            if (line.startsWith("{")) {
                JsonNode response = JsonMapper.shared().readTree(line);
                return OptionalLong.of(response.get("heapUsed").asLong());
            }
        }
        throw new IOException(name() + " does not report its memory usage");
    }

    @Override
    public void close() {
        child.close();
    }

    private void awaitPort() throws IOException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < deadline) {
            if (!child.alive()) {
                throw new IOException("it has exited" + child.errorTail());
            }
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
                return;
            } catch (IOException e) {
                pause();
            }
        }
        throw new IOException("its port is not open after " + START.toSeconds() + " s" + child.errorTail());
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
