// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Something that is said beforehand, and can be run, printed, read and made shorter. As text its first line is what it
 * is.
 */
sealed interface Program permits ConnectionProgram, RelayProgram {
    /**
     * Runs it.
     *
     * @throws Violation if a promise is broken
     */
    void run(Bench bench, Coverage coverage);

    /** All that is done in it, by whom and when the program knows. */
    List<List<Step>> lists();

    /** The same program with another list in the place of one of these. */
    Program withList(int which, List<Step> list);

    /** Programs that do the same, but for one thing that is left out of each of them, or is as it mostly is. */
    List<Program> simpler();

    /** Reads what {@code toString} has written. */
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
