// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The program {@code AsyncClientWindow} on a virtual display, driven by {@link WindowDriver}. Saves a screenshot,
 * {@code target/async-client-window.png}. Skipped if Xvfb is not installed or the JDK is headless.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class AsyncClientWindowIT {
    @TempDir
    Path directory;

    @Test
    void theWindowShowsWhatArrivesAndNeverWaits() throws Exception {
        Command.assumeInstalled("Xvfb");
        Assumptions.assumeTrue(
                Files.exists(Path.of(System.getProperty("java.home"), "lib", "libawt_xawt.so")),
                "this JDK is headless");
        Path jar = Path.of(System.getProperty("portcullis.jar", "target/portcullis-samples.jar"));
        Path picture = jar.resolveSibling("async-client-window.png");
        Files.deleteIfExists(picture);
        try (Display display = new Display()) {
            Command driver = Command.run(display.command(jar, directory.toString(), picture.toString()));

            assertEquals(0, driver.exit(), driver.all());
            assertEquals(
                    List.of(
                            "1000 events were handled while the server is silent in the handshake",
                            "1000 events were handled while the server is silent before the response",
                            "seen: first half",
                            "1000 events were handled while the server is silent in the response",
                            "seen: an incomplete character",
                            "seen: second half",
                            "picture: 960 x 720"),
                    driver.out().lines().toList(),
                    driver.all());
            assertTrue(Files.size(picture) > 0, driver.all());
        }
    }

    @Test
    void withoutADisplayItSaysSo() throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "-u", "DISPLAY"));
        command.addAll(ClientPrograms.command("AsyncClientWindow"));

        Command window = Command.run(command);

        assertEquals(1, window.exit(), window.all());
        assertTrue(window.err().startsWith("AsyncClientWindow: there is no display"), window.all());
    }

    /** A virtual display for this test. */
    private static final class Display implements AutoCloseable {
        private final Process process;
        private final String number;

        Display() throws IOException {
            process = new ProcessBuilder("Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            number = Objects.requireNonNull(
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine(),
                    "Xvfb has exited immediately");
        }

        List<String> command(Path jar, String... arguments) {
            List<String> command = new ArrayList<>(ClientPrograms.command("", arguments));
            int main = command.indexOf("io.portcullis.samples.programs.");
            command.set(main, WindowDriver.class.getName());
            command.set(main - 1, jar + File.pathSeparator + jar.resolveSibling("test-classes"));
            command.addAll(0, List.of("env", "DISPLAY=:" + number));
            return command;
        }

        @Override
        public void close() {
            process.destroy();
        }
    }
}
