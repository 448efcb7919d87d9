// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A sequence of actions that is defined in advance, and can be run, printed, parsed and reduced. The first line of its
 * text is what it is.
 */
sealed interface Program permits ConnectionProgram, RelayProgram {
    /**
     * Runs it.
     *
     * @throws Violation if a promise is broken
     */
    void run(Bench bench, Coverage coverage);

    /** All actions in it, by their actors, if the program knows them. */
    List<List<Step>> lists();

    /** The same program with one of these lists replaced. */
    Program withList(int which, List<Step> list);

    /** Programs that do the same, except that one property of each is left out, or has its usual value. */
    List<Program> simpler();

    /** Parses the output of {@code toString}. */
    static Program parse(String text) {
        List<String> lines = text.strip().lines().map(String::strip).toList();
        return lines.get(0).startsWith(RelayProgram.NAME) ? RelayProgram.parse(lines) : ConnectionProgram.parse(lines);
    }

    /** As a test that can be pasted. */
    default String asTest() {
        return "    @Test\n    void found() {\n        Explorer.replay(\"\"\"\n"
                + toString()
                        .lines()
                        .map(line -> "                " + line + "\n")
                        .collect(Collectors.joining())
                + "                \"\"\");\n    }\n";
    }
}
