// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Java in the README and in the guide is copied from sources that the build compiles. */
class SnippetsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    @Test
    void everySnippetOfThePagesIsCompiled() throws IOException {
        Snippets snippets = new Snippets(ROOT);
        snippets.check(ROOT.resolve("README.md"));
        Path guide = ROOT.resolve("docs/guide");
        if (Files.isDirectory(guide)) {
            try (Stream<Path> pages = Files.list(guide)) {
                for (Path page : pages.filter(file -> file.toString().endsWith(".md"))
                        .sorted()
                        .toList()) {
                    snippets.check(page);
                }
            }
        }
        assertEquals(List.of(), snippets.problems());
        assertTrue(snippets.compared() > 0, "no page shows any Java");
    }

    @Test
    void aSnippetIsComparedWithoutItsIndentation(@TempDir Path root) throws IOException {
        Snippets snippets = check(root, "<!-- snippet: A.java ONE -->", "if (a) {", "    b();", "}");
        assertEquals(List.of(), snippets.problems());
        assertEquals(1, snippets.compared());
    }

    @Test
    void regionsAreJoinedByAnEmptyLine(@TempDir Path root) throws IOException {
        Snippets snippets = check(root, "<!-- snippet: A.java TWO ONE -->", "c();", "", "if (a) {", "    b();", "}");
        assertEquals(List.of(), snippets.problems());
    }

    @Test
    void differencesAreFound(@TempDir Path root) throws IOException {
        assertProblem("A.md:3: the line above has no <!-- snippet", check(root, "", "c();"));
        assertProblem("A.md:3: B.java does not exist", check(root, "<!-- snippet: B.java TWO -->", "c();"));
        assertProblem("A.md:3: A.java has no region THREE", check(root, "<!-- snippet: A.java THREE -->", "c();"));
        assertProblem("A.md:3: A.java has no region OPEN", check(root, "<!-- snippet: A.java OPEN -->", "c();"));
        assertProblem("A.md:3: differs from A.java TWO", check(root, "<!-- snippet: A.java TWO -->", "d();"));
        assertProblem("A.md:3: differs from A.java TWO", check(root, "<!-- snippet: A.java TWO -->", "c();", "d();"));
    }

    private static void assertProblem(String beginning, Snippets snippets) {
        assertEquals(1, snippets.problems().size());
        assertTrue(snippets.problems().get(0).startsWith(beginning), snippets.problems()::toString);
        assertEquals(0, snippets.compared());
    }

    /** A page with one fence below this marker, and a source with two regions and one that does not end. */
    private static Snippets check(Path root, String marker, String... code) throws IOException {
        Files.writeString(root.resolve("A.java"), """
                class A {
                    void one() {
                        // snippet: ONE
                        if (a) {
                            b();
                        }
                        // end snippet
                        // snippet: TWO
                        c();
                        // end snippet
                        // snippet: OPEN
                    }
                }
                """);
        Path page = Files.writeString(
                root.resolve("A.md"),
                "text\n" + marker + "\n```java\n" + String.join("\n", code) + "\n```\ntext\n```sh\nls\n```\n");
        Snippets snippets = new Snippets(root);
        snippets.check(page);
        return snippets;
    }
}
