// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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
        Map<String, Set<String>> imports = new TreeMap<>();
        for (Jdeps.Edge edge : Jdeps.edges(copy, "-verbose:package")) {
            Set<String> targets = imports.computeIfAbsent(edge.from(), room -> new TreeSet<>());
            if (!edge.to().matches("(java|javax|org\\.jspecify)\\..*")) {
                targets.add(edge.to());
            }
        }
        return imports;
    }
}
