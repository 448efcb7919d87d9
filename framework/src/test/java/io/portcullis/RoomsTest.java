// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rooms import each other in one direction only: asked of the JDK's own jdeps, over the compiled classes. */
class RoomsTest {
    private static final String FOREIGN = "io.portcullis.foreign";

    private static final Map<String, Set<String>> ALLOWED = Map.of(
            "io.portcullis",
            Set.of("io.portcullis.tls", "io.portcullis.proxy", FOREIGN),
            "io.portcullis.tls",
            Set.of(FOREIGN, "org.slf4j"),
            FOREIGN,
            Set.of(),
            "io.portcullis.buffer",
            Set.of(),
            "io.portcullis.proxy",
            Set.of(FOREIGN),
            "io.portcullis.channel",
            Set.of("io.portcullis"),
            "io.portcullis.frame",
            Set.of("io.portcullis"),
            "io.portcullis.flight",
            Set.of("io.portcullis", "io.portcullis.tls", FOREIGN, "jdk.jfr"),
            "io.portcullis.metrics",
            Set.of(
                    "io.portcullis",
                    "io.portcullis.buffer",
                    "io.portcullis.dispatch",
                    "io.portcullis.tls",
                    "io.micrometer.core.instrument",
                    "io.micrometer.core.instrument.binder"),
            "io.portcullis.dispatch",
            Set.of(
                    "io.portcullis",
                    "io.portcullis.channel",
                    "io.portcullis.flight",
                    FOREIGN,
                    "io.portcullis.tls",
                    "io.portcullis.buffer",
                    "io.portcullis.proxy",
                    "org.slf4j",
                    "org.slf4j.event",
                    "org.slf4j.spi"));

    private static final Pattern EDGE = Pattern.compile("^\\s+(\\S+)\\s+->\\s+(\\S+)");

    @Test
    void roomsImportInOneDirection(@TempDir Path copy) throws Exception {
        Map<String, Set<String>> imports = imports(copy);

        assertEquals(ALLOWED.keySet(), imports.keySet(), "a room without a rule, or a rule without a room");
        imports.forEach((room, imported) -> assertTrue(
                ALLOWED.getOrDefault(room, Set.of()).containsAll(imported),
                room + " imports " + imported + "; allowed are " + ALLOWED.get(room)));
    }

    @Test
    void theDispatchRoomIsSeenToUseTheOthers(@TempDir Path copy) throws Exception {
        assertEquals(
                ALLOWED.get("io.portcullis.dispatch"), imports(copy).get("io.portcullis.dispatch"), "jdeps sees edges");
    }

    private static Map<String, Set<String>> imports(Path copy) throws Exception {
        copyClassesWithoutModule(copy);
        StringWriter out = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        int code = jdeps.run(
                new PrintWriter(out),
                new PrintWriter(out),
                "-verbose:package",
                "--multi-release",
                "base",
                copy.toString());
        assertEquals(0, code, out.toString());
        Map<String, Set<String>> imports = new TreeMap<>();
        for (String line : out.toString().lines().toList()) {
            Matcher edge = EDGE.matcher(line);
            if (edge.find() && edge.group(1).startsWith("io.portcullis")) {
                Set<String> targets = imports.computeIfAbsent(edge.group(1), room -> new TreeSet<>());
                if (!edge.group(2).matches("(java|javax|org\\.jspecify)\\..*")) {
                    targets.add(edge.group(2));
                }
            }
        }
        return imports;
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
