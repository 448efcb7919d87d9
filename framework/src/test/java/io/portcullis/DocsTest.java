// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks the documents against the repository: links resolve, and the index of decisions is complete. */
class DocsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:\\s]+)(#[^)]*)?\\)");
    private static final Pattern CLASS = Pattern.compile("`([a-z]+/[A-Z][A-Za-z]+)[`.]");

    @Test
    void everyRelativeLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            Matcher link = LINK.matcher(Files.readString(page));
            while (link.find()) {
                if (!Files.exists(page.resolveSibling(link.group(1)))) {
                    broken.add(ROOT.relativize(page) + " -> " + link.group(1));
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void theArchitecturePageNamesClassesThatExist() throws IOException {
        List<String> missing = new ArrayList<>();
        int named = 0;
        Matcher name = CLASS.matcher(Files.readString(ROOT.resolve("docs/ARCHITECTURE.md")));
        while (name.find()) {
            named++;
            if (!Files.exists(source(name.group(1)))) {
                missing.add(name.group(1));
            }
        }
        assertTrue(named > 50, "the pattern does not find the classes that are named, only " + named);
        assertEquals(List.of(), missing);
    }

    /** Tasks that a newcomer looks for, each with the class that performs it. */
    private static final Map<String, String> TASKS = Map.ofEntries(
            Map.entry("Accept connections; suspend and reopen a listener", "accept/Acceptor"),
            Map.entry("Decide what a connection is", "gate/Gatekeeper"),
            Map.entry("Keep two threads out of one connection", "loop/Strand"),
            Map.entry("Hold the state of a connection", "parts/Life"),
            Map.entry("Accept `write` calls from other threads", "connection/SocketConnection"),
            Map.entry("Drive a connection", "connection/ConnectionDriver"),
            Map.entry("Move bytes in and out", "connection/Flow"),
            Map.entry("Read, and keep received bytes", "parts/Input"),
            Map.entry("Queue bytes to be sent", "parts/Output"),
            Map.entry("Call the handler", "connection/Callbacks"),
            Map.entry("Switch to TLS and back", "connection/Filters"),
            Map.entry("Enforce deadlines", "connection/ConnectionDeadline"),
            Map.entry("Determine why a connection ended", "parts/Ending"),
            Map.entry("Access the socket", "wire/SocketTransport"),
            Map.entry("Own the threads", "loop/GroupMachine"),
            Map.entry("Hand work to group threads", "loop/Doorbell"),
            Map.entry("Detect callbacks that block", "loop/ThreadWatch"),
            Map.entry("Limit concurrent handshakes", "limit/Admission"),
            Map.entry("Limit connections", "limit/Intake"),
            Map.entry("Open an outbound connection", "connect/Connect"));

    @Test
    void theArchitecturePageLeadsFromATaskToItsClass() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/ARCHITECTURE.md"));
        assertEquals(20, TASKS.size());
        List<String> missing = new ArrayList<>();
        TASKS.forEach((task, name) -> {
            Pattern row = Pattern.compile("\\| " + Pattern.quote(task) + " \\| `" + Pattern.quote(name) + "`");
            if (!row.matcher(page).find() || !Files.exists(source(name))) {
                missing.add(task + " " + name);
            }
        });
        assertEquals(List.of(), missing);
    }

    /** Returns the source file of a class, whether its package is exported or internal. */
    private static Path source(String name) {
        Path sources = ROOT.resolve("framework/src/main/java/io/portcullis");
        Path exported = sources.resolve(name + ".java");
        return Files.exists(exported) ? exported : sources.resolve("internal/" + name + ".java");
    }

    @Test
    void theIndexOfDecisionsIsCompleteAndItsNumbersAreUnique() throws IOException {
        Path folder = ROOT.resolve("docs/adr");
        String index = Files.readString(folder.resolve("README.md"));
        TreeSet<String> numbers = new TreeSet<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.equals("README.md")) {
                    continue;
                }
                assertTrue(name.matches("\\d{4}-[a-z0-9-]+\\.md"), name);
                assertTrue(numbers.add(name.substring(0, 4)), "two decisions have the number " + name.substring(0, 4));
                assertTrue(index.contains("(" + name + ")"), name + " is not in the index");
            }
        }
        assertFalse(numbers.isEmpty());
    }

    @Test
    void theIndexOfTheGuideIsComplete() throws IOException {
        Path folder = ROOT.resolve("docs/guide");
        String index = Files.readString(folder.resolve("README.md"));
        List<String> missing = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("README.md") && !index.contains("| [" + name + "](" + name + ") |"))
                    .forEach(missing::add);
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void theTableOfProgramsNamesEachWithItsTest() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/guide/programs.md"));
        List<String> missing = new ArrayList<>();
        int programs = 0;
        try (Stream<Path> files = Files.list(ROOT.resolve("samples/src/main/java/io/portcullis/samples/programs"))) {
            for (Path file : files.toList()) {
                if (Files.readString(file).contains("public static void main(")) {
                    String name = file.getFileName().toString().replace(".java", "");
                    Pattern row = Pattern.compile("\\| \\[`\\$program\\." + name + "[ `].*" + name + "IT\\b");
                    programs++;
                    if (!row.matcher(page).find()) {
                        missing.add(name);
                    }
                }
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(programs > 0, "no programs");
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().contains("/target/")
                            && !file.toString().contains("/.git/"))
                    .toList();
        }
    }
}
