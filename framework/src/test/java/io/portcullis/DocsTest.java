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

/** The documents stay true to the repository: links lead somewhere, and the index of decisions is complete. */
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
        assertTrue(named > 50, "the pattern finds the classes that are named, not " + named);
        assertEquals(List.of(), missing);
    }

    /** What a newcomer asks, and the class that answers it. */
    private static final Map<String, String> QUESTIONS = Map.ofEntries(
            Map.entry("Who accepts, suspends, opens again?", "accept/Acceptor"),
            Map.entry("Who decides what a connection is?", "gate/Gatekeeper"),
            Map.entry("Who keeps two threads out of one connection?", "loop/Strand"),
            Map.entry("Where is the state of a connection?", "parts/Life"),
            Map.entry("What happens when I call write from another thread?", "connection/SocketConnection"),
            Map.entry("Who drives a connection?", "connection/ConnectionDriver"),
            Map.entry("How do bytes go in and out?", "connection/Flow"),
            Map.entry("Who reads, and holds what has come?", "parts/Input"),
            Map.entry("Who holds what waits to be sent?", "parts/Output"),
            Map.entry("Who calls the handler?", "connection/Callbacks"),
            Map.entry("Who changes to TLS and back?", "connection/Filters"),
            Map.entry("Who sees that a connection takes too long?", "connection/ConnectionDeadline"),
            Map.entry("Why did a connection end?", "parts/Ending"),
            Map.entry("Who touches the socket?", "wire/SocketTransport"),
            Map.entry("Who owns the threads?", "loop/GroupMachine"),
            Map.entry("Who hands work to group threads?", "loop/Doorbell"),
            Map.entry("Who finds callbacks that block?", "loop/ThreadWatch"),
            Map.entry("How many handshakes compute at a time?", "limit/Admission"),
            Map.entry("How many connections may come?", "limit/Intake"),
            Map.entry("How is a connect made?", "connect/Connect"));

    @Test
    void theArchitecturePageAnswersANewcomersQuestionsInOneStep() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/ARCHITECTURE.md"));
        assertEquals(20, QUESTIONS.size());
        List<String> unanswered = new ArrayList<>();
        QUESTIONS.forEach((question, answer) -> {
            Pattern row = Pattern.compile("\\| " + Pattern.quote(question) + " \\| `" + Pattern.quote(answer) + "`");
            if (!row.matcher(page).find() || !Files.exists(source(answer))) {
                unanswered.add(question + " " + answer);
            }
        });
        assertEquals(List.of(), unanswered);
    }

    /** Where a class is, whether its room is exported or not. */
    private static Path source(String answer) {
        Path sources = ROOT.resolve("framework/src/main/java/io/portcullis");
        Path exported = sources.resolve(answer + ".java");
        return Files.exists(exported) ? exported : sources.resolve("internal/" + answer + ".java");
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
        String readme = Files.readString(ROOT.resolve("README.md"));
        List<String> missing = new ArrayList<>();
        int programs = 0;
        try (Stream<Path> files = Files.list(ROOT.resolve("samples/src/main/java/io/portcullis/samples/programs"))) {
            for (Path file : files.toList()) {
                if (Files.readString(file).contains("public static void main(")) {
                    String name = file.getFileName().toString().replace(".java", "");
                    Pattern row = Pattern.compile("\\| \\[`\\$program\\." + name + "[ `].*" + name + "IT\\b");
                    programs++;
                    if (!row.matcher(readme).find()) {
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
