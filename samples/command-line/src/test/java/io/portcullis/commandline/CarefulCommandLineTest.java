// SPDX-License-Identifier: Apache-2.0
package io.portcullis.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

final class CarefulCommandLineTest {
    private static final String SECRET = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgWLIVr";
    private static final String KEY = "-----BEGIN PRIVATE KEY-----\n" + SECRET + "\n-----END PRIVATE KEY-----\n";

    private final StringWriter output = new StringWriter();
    private final Small small = new Small();
    private final CarefulCommandLine line = new CarefulCommandLine(small);

    CarefulCommandLineTest() {
        line.setErr(new PrintWriter(output, true)).setOut(new PrintWriter(output, true));
    }

    @Command(name = "small", subcommands = Sub.class)
    private static final class Small implements Callable<Integer> {
        @Option(names = "--number")
        private int number;

        @Option(names = "--file")
        private Path file = Path.of("none");

        @Override
        public Integer call() {
            System.out.println(number);
            return 0;
        }
    }

    @Command(name = "sub")
    private static final class Sub implements Callable<Integer> {
        @Parameters(arity = "0..1")
        private int number;

        @Override
        public Integer call() {
            return number;
        }
    }

    static Stream<List<String>> secrets() {
        return Stream.of(
                List.of("--number", KEY),
                List.of("--number=" + KEY),
                List.of("--file", KEY),
                List.of(KEY),
                List.of("sub", KEY),
                List.of("--number", KEY.replace("\n", "")),
                Stream.concat(Stream.of("--number"), Stream.of(KEY.split("\\s", -1)))
                        .toList(), // "$(...)" without the quotes
                List.of("--number", KEY.substring(KEY.indexOf('\n') + 1)));
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void aKeyInPlaceOfAFileIsNotShown(List<String> arguments) {
        assertEquals(2, line.execute(arguments.toArray(String[]::new)));
        assertTrue(output.toString().contains("Usage: small"), output.toString());
        assertFalse(output.toString().contains(SECRET.substring(0, 8)), output.toString());
    }

    @Test
    void aFileIsNotReadInPlaceOfItsName(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("key"), SECRET);
        assertEquals(2, line.execute("sub", "@" + file));
        assertFalse(output.toString().contains(SECRET.substring(0, 8)), output.toString());
        assertEquals(0, line.execute("--file", "@" + file));
        assertEquals(Path.of("@" + file), small.file);
    }

    @Test
    void longInputIsShownTruncatedOnOneLine() {
        assertEquals(2, line.execute("--number", "x".repeat(10_000)));
        assertEquals(2, line.execute("a\nb\u001b[2J", "c".repeat(10_000)));
        List<String> lines = output.toString().lines().toList();
        assertTrue(
                lines.get(0).matches(".*'--number'.*xxx\\.\\.\\. \\(10,002 characters\\) is not an int"), lines.get(0));
        assertTrue(lines.stream().allMatch(one -> one.length() < 300), output.toString());
        assertFalse(output.toString().contains("\u001b"));
    }

    @Test
    void foreignLettersAreShownAndBidiControlsAreEscaped() {
        assertEquals(2, line.execute("schl\u00fcssel\u202e.pem"));
        assertTrue(output.toString().contains("schl\u00fcssel\\u202e.pem"), output.toString());
    }

    /** A plain picocli command line would expand files and echo its arguments. */
    @Test
    void everyProgramHasThisCommandLine() throws IOException {
        noSourceHolds("new CommandLine(", "samples", "benchmarks");
    }

    @Test
    void noProgramUsesWhatIsNotExported() throws IOException {
        noSourceHolds("io.portcullis.internal", "samples", "samples/command-line", "benchmarks");
    }

    private static void noSourceHolds(String text, String... modules) throws IOException {
        for (String module : modules) {
            try (Stream<Path> files = Files.walk(Path.of("..", "..", module, "src", "main"))) {
                List<Path> sources =
                        files.filter(file -> file.toString().endsWith(".java")).toList();
                assertFalse(sources.isEmpty());
                for (Path source : sources) {
                    assertFalse(Files.readString(source).contains(text), source.toString());
                }
            }
        }
    }
}
