// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/**
 * The result of a program.
 *
 * @param exit its exit code
 * @param out its standard output
 * @param err its standard error
 */
record Command(int exit, String out, String err) {
    /**
     * For processes that live for seconds: optimized code would come too late, and its compilation takes CPU time from
     * others.
     */
    private static final List<String> SHORT_LIVED = List.of("-XX:TieredStopAtLevel=1");

    /** A server scanner alone takes a minute on an idle machine. */
    private static final long LIMIT_SECONDS = 180;

    /** Returns all of its output, for messages. */
    String all() {
        return out + "\n" + err;
    }

    /** Runs a program with empty standard input. */
    static Command run(List<String> command) throws IOException, InterruptedException {
        return run(command, "");
    }

    /** Runs a program to completion, or kills it and fails. */
    static Command run(List<String> command, String input) throws IOException, InterruptedException {
        return run(command, input, "");
    }

    /**
     * The same, but closes its standard input only after the given text was read from its standard output, or that has
     * ended.
     */
    static Command run(List<String> command, String input, String awaited) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).start();
        try {
            CountDownLatch answered = new CountDownLatch(1);
            CompletableFuture<String> out = readAll(process.getInputStream(), awaited, answered);
            CompletableFuture<String> err = readAll(process.getErrorStream(), "", new CountDownLatch(1));
            feed(process.getOutputStream(), input, answered);
            if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end: " + out.join() + err.join());
            }
            return new Command(process.exitValue(), out.join(), err.join());
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /** Runs the packaged samples to completion. */
    static Command samples(String... arguments) throws IOException, InterruptedException {
        return run(samplesCommand(SHORT_LIVED, arguments));
    }

    /** Returns the command line that runs the packaged samples on the JDK that runs this test. */
    static List<String> samplesCommand(String... arguments) {
        return samplesCommand(List.of(), arguments);
    }

    /** The same, with options for the JVM. */
    static List<String> samplesCommand(List<String> jvmOptions, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.addAll(jvmOptions);
        command.add("-jar");
        command.add(System.getProperty("portcullis.jar", "target/portcullis-samples.jar"));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Returns the command line that runs one of the programs of the packaged samples. */
    static List<String> program(String name, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
        command.add("-cp");
        command.add(System.getProperty("portcullis.jar", "target/portcullis-samples.jar"));
        command.add("io.portcullis.samples.programs." + name);
        command.addAll(List.of(arguments));
        return command;
    }

    /** Skips the test if a program is not installed. */
    static void assumeInstalled(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        boolean found = Pattern.compile(File.pathSeparator)
                .splitAsStream(path)
                .anyMatch(directory -> new File(directory, program).canExecute());
        Assumptions.assumeTrue(found, program + " is not installed");
    }

    private static void feed(OutputStream stdin, String input, CountDownLatch answered) throws InterruptedException {
        try (stdin) {
            stdin.write(input.getBytes(UTF_8));
            stdin.flush();
            answered.await(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (IOException e) {
            // A program that exits without reading its input reports the reason elsewhere.
            return;
        }
    }

    private static CompletableFuture<String> readAll(InputStream stream, String awaited, CountDownLatch seen) {
        CompletableFuture<String> text = new CompletableFuture<>();
        Thread reader = new Thread(() -> {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try {
                byte[] piece = new byte[8192];
                for (int length = 0; length >= 0; length = stream.read(piece)) {
                    bytes.write(piece, 0, length);
                    if (bytes.toString(UTF_8).contains(awaited)) {
                        seen.countDown();
                    }
                }
            } catch (IOException e) {
                bytes.writeBytes(new UncheckedIOException(e).toString().getBytes(UTF_8));
            }
            seen.countDown();
            text.complete(bytes.toString(UTF_8));
        });
        reader.setDaemon(true);
        reader.start();
        return text;
    }
}
