// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** The dependencies between the framework's compiled classes, as reported by the JDK's jdeps. */
final class Jdeps {
    private static final Pattern EDGE = Pattern.compile("^\\s+(\\S+)\\s+->\\s+(\\S+)");

    private Jdeps() {}

    /** A class or package of the framework, and one that it depends on, of the framework or not. */
    record Edge(String from, String to) {}

    /**
     * Runs jdeps.
     *
     * @param copy an empty folder for a copy of the classes without their module descriptor, with which jdeps would ask
     *     for the modules that they need
     * @param options select what is analyzed, such as {@code -verbose:package}
     */
    static List<Edge> edges(Path copy, String... options) throws IOException, URISyntaxException {
        copyClassesWithoutModule(copy);
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("--multi-release", "base", copy.toString()));
        StringWriter out = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        int code = jdeps.run(new PrintWriter(out), new PrintWriter(out), arguments.toArray(String[]::new));
        assertEquals(0, code, out.toString());
        List<Edge> edges = new ArrayList<>();
        for (String line : out.toString().lines().toList()) {
            Matcher edge = EDGE.matcher(line);
            if (edge.find() && edge.group(1).startsWith("io.portcullis")) {
                edges.add(new Edge(edge.group(1), edge.group(2)));
            }
        }
        return edges;
    }

    private static void copyClassesWithoutModule(Path copy) throws IOException, URISyntaxException {
        Path classes = Path.of(
                Gate.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = copy.resolve(classes.relativize(file).toString());
                if (!file.endsWith("module-info.class")) {
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
    }
}
