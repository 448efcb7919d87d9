// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server of the packaged samples in a separate process, which always ends with the test. */
final class SampleServer implements AutoCloseable {
    private static final Pattern STALL =
            Pattern.compile("^.* ThreadWatch - .*\\R.*Throwable: the stack of .*(\\R\\tat .*)*\\R?", Pattern.MULTILINE);
    private static final Pattern LISTENING =
            Pattern.compile("listening ([a-z0-9]+) (?:\\[[a-z]*/)?127\\.0\\.0\\.1:(\\d+)]?");
    private static final String END_OF_OUTPUT = "\0";
    private static final long START_SECONDS = 30;
    private static final long STOP_SECONDS = 15;

    private final Process process;
    private final BlockingQueue<String> out = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> err = new LinkedBlockingQueue<>();
    private final Map<String, Integer> ports = new LinkedHashMap<>();

    private SampleServer(Process process) {
        this.process = process;
        pump(process.getInputStream(), out);
        pump(process.getErrorStream(), err);
    }

    /** Starts all four listeners on free ports, with further arguments, and waits until they are ready. */
    static SampleServer onFreePorts(String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of("--plain", "0", "--tls", "0", "--mixed", "0", "--echo", "0"));
        all.addAll(List.of(arguments));
        return start(all.toArray(String[]::new));
    }

    /** Starts the command with exactly the given arguments and waits until it is ready. */
    static SampleServer start(String... arguments) throws IOException, InterruptedException {
        return start(List.of(), arguments);
    }

    /** The same, with options for the JVM. */
    static SampleServer start(List<String> jvmOptions, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(Command.samplesCommand(jvmOptions, "serve"));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    /** Starts the command in a process limited to the given number of descriptors. */
    static SampleServer withDescriptors(int count, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("sh", "-c", "ulimit -n " + count + " && exec \"$@\"", "sh"));
        command.addAll(Command.samplesCommand("serve"));
        command.addAll(List.of(arguments));
        return launch(command);
    }

    /** Starts one of the small programs, and waits until it is ready. */
    static SampleServer program(String name, String... arguments) throws IOException, InterruptedException {
        return launch(Command.program(name, arguments));
    }

    private static SampleServer launch(List<String> command) throws IOException, InterruptedException {
        SampleServer server = new SampleServer(new ProcessBuilder(command).start());
        try {
            server.awaitReady();
            return server;
        } catch (InterruptedException | RuntimeException | Error e) {
            server.close();
            throw e;
        }
    }

    /** Returns the names of the listeners, in the order in which they were reported. */
    List<String> listeners() {
        return List.copyOf(ports.keySet());
    }

    /** Returns the port of a listener. */
    int port(String listener) {
        return Objects.requireNonNull(ports.get(listener), listener);
    }

    /** Returns the address of a listener. */
    InetSocketAddress address(String listener) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port(listener));
    }

    /** Waits for a line that the running process writes to standard output after {@code ready}. */
    String nextLine() throws InterruptedException {
        return next(START_SECONDS);
    }

    boolean isRunning() {
        return process.isAlive();
    }

    /** Terminates the process, as Ctrl-C and SIGTERM do, waits for it, and returns its exit code. */
    int stop() throws InterruptedException {
        // Process.destroy() would also close the streams that are still to be read.
        process.toHandle().destroy();
        if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the server did not stop within " + STOP_SECONDS + " s:\n" + errors());
        }
        return process.exitValue();
    }

    /** Returns what the ended process wrote to standard output after {@code ready}. */
    List<String> outputAfterReady() throws InterruptedException {
        List<String> lines = new ArrayList<>();
        for (String line = next(STOP_SECONDS); !line.equals(END_OF_OUTPUT); line = next(STOP_SECONDS)) {
            lines.add(line);
        }
        return lines;
    }

    /** Returns what the process has written to standard error. */
    String errors() {
        return String.join("\n", err);
    }

    /** The same without reports of blocked threads and their stacks, which a busy machine may cause. */
    String errorsOfPeers() {
        return STALL.matcher(errors()).replaceAll("");
    }

    /** Waits until the process has written this to standard error. */
    void awaitError(String text) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
        while (!errors().contains(text)) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("the server did not print '" + text + "':\n" + errors());
            }
            Thread.onSpinWait();
        }
    }

    /** Waits until the ended process's standard error has been read completely, and returns it. */
    String allErrors() throws InterruptedException {
        List<String> lines = new ArrayList<>();
        String line = err.poll(STOP_SECONDS, TimeUnit.SECONDS);
        while (line != null && !line.equals(END_OF_OUTPUT)) {
            lines.add(line);
            line = err.poll(STOP_SECONDS, TimeUnit.SECONDS);
        }
        return String.join("\n", lines);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private void awaitReady() throws InterruptedException {
        String line = next(START_SECONDS);
        while (!line.equals("ready")) {
            Matcher matcher = LISTENING.matcher(line);
            if (!matcher.matches()) {
                throw new AssertionError("unexpected line of a starting server: " + line + "\n" + errors());
            }
            ports.put(matcher.group(1), Integer.parseInt(matcher.group(2)));
            line = next(START_SECONDS);
        }
    }

    private String next(long seconds) throws InterruptedException {
        String line = out.poll(seconds, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("the server printed nothing for " + seconds + " s:\n" + errors());
        }
        return line;
    }

    private static void pump(InputStream stream, BlockingQueue<String> lines) {
        Thread reader = new Thread(() -> {
            try (BufferedReader text = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
                text.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException e) {
                lines.add(e.toString());
            }
            lines.add(END_OF_OUTPUT);
        });
        reader.setDaemon(true);
        reader.start();
    }
}
