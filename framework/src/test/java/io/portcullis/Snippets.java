// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares the Java in a page with the source that it was copied from. In the source, a region is enclosed by a line
 * {@code // snippet: NAME} and the next {@code // end snippet}. In the page, the line above the fence names the file,
 * relative to the root of the repository, and one or more regions, which are separated by an empty line: {@code <!--
 * snippet: path/to/File.java NAME -->}.
 */
final class Snippets {
    private static final Pattern MARKER = Pattern.compile("<!-- snippet: (\\S+\\.java)((?: \\S+)+) -->");
    private static final String END = "// end snippet";

    private final Path root;
    private final List<String> problems = new ArrayList<>();
    private int compared;

    Snippets(Path root) {
        this.root = root;
    }

    /** The problems found in the checked pages, each with its place. */
    List<String> problems() {
        return problems;
    }

    /** The number of snippets that are identical to their source. */
    int compared() {
        return compared;
    }

    void check(Path page) throws IOException {
        List<String> lines = Files.readAllLines(page);
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).strip().startsWith("```java")) {
                continue;
            }
            String place = root.relativize(page) + ":" + (i + 1) + ": ";
            int end = i + 1;
            while (end < lines.size() && !lines.get(end).strip().equals("```")) {
                end++;
            }
            String shown = String.join("\n", lines.subList(i + 1, end)).stripIndent();
            check(place, i == 0 ? "" : lines.get(i - 1).strip(), shown);
            i = end;
        }
    }

    private void check(String place, String marker, String shown) throws IOException {
        Matcher named = MARKER.matcher(marker);
        if (!named.matches()) {
            problems.add(place + "the line above has no <!-- snippet: path/to/File.java NAME -->");
            return;
        }
        Path source = root.resolve(named.group(1));
        if (!Files.isRegularFile(source)) {
            problems.add(place + named.group(1) + " does not exist");
            return;
        }
        List<String> regions = new ArrayList<>();
        for (String name : named.group(2).strip().split(" ")) {
            List<String> region = region(Files.readAllLines(source), name);
            if (region == null) {
                problems.add(place + named.group(1) + " has no region " + name + " that ends");
                return;
            }
            regions.add(String.join("\n", region).stripIndent());
        }
        String compiled = regions.stream().collect(Collectors.joining("\n\n"));
        if (compiled.equals(shown)) {
            compared++;
        } else {
            problems.add(place + "differs from " + named.group(1) + named.group(2) + ", which is\n" + compiled);
        }
    }

    private static @Nullable List<String> region(List<String> lines, String name) {
        int begin = indexOf(lines, "// snippet: " + name, 0);
        int end = begin < 0 ? -1 : indexOf(lines, END, begin);
        return end < 0 ? null : lines.subList(begin + 1, end);
    }

    private static int indexOf(List<String> lines, String text, int from) {
        for (int i = from; i < lines.size(); i++) {
            if (lines.get(i).strip().equals(text)) {
                return i;
            }
        }
        return -1;
    }
}
