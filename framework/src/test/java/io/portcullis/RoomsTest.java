// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rooms import each other in one direction only, according to the JDK's jdeps for the compiled classes. */
class RoomsTest {
    private static final String ROOT = "io.portcullis";

    /** From the bottom to the top: each imports only packages listed before it. */
    private static final List<String> ROOMS = List.of(
            "internal.foreign",
            "internal.records",
            "internal.states",
            "buffer",
            "internal.keys",
            "internal.engine",
            "tls.spi",
            "tls",
            "proxy",
            "",
            "frame",
            "channel",
            "group",
            "internal.log",
            "internal.flight",
            "internal.loop",
            "internal.wire",
            "internal.limit",
            "internal.parts",
            "internal.connection",
            "internal.trace",
            "internal.endpoint",
            "internal.connect",
            "internal.gate",
            "internal.accept",
            "dispatch",
            "metrics");

    /**
     * Classes of the public packages that hold user settings, or define an engine and its parameters: lower rooms may
     * use them, too.
     */
    private static final Set<String> VALUES = Set.of(
            "dispatch.AdmissionLimit",
            "dispatch.ConnectionLimits",
            "dispatch.NameResolver",
            "tls.ClientAuth",
            "tls.ClientHello",
            "tls.Revocation",
            "tls.TlsCapabilities",
            "tls.TlsFeature",
            "tls.TlsSession",
            "tls.spi.CertificateAuthorities",
            "tls.spi.TlsEngine",
            "tls.spi.TlsEngineConfig",
            "tls.spi.TlsEngineFactory",
            "tls.spi.TlsEngineProvider");

    /** Rooms that may import less than everything before them. */
    private static final Map<String, Set<String>> ONLY = Map.of(
            "buffer",
            Set.of(),
            "internal.records",
            Set.of(),
            "proxy",
            Set.of("internal.foreign"),
            "frame",
            Set.of(""),
            "channel",
            Set.of(""),
            "group",
            Set.of(""),
            "internal.log",
            Set.of("", "tls", "internal.foreign"),
            "internal.loop",
            Set.of("", "buffer", "internal.log"),
            "internal.wire",
            Set.of("internal.loop", "internal.log"),
            "metrics",
            Set.of("", "buffer", "tls", "dispatch"));

    /** The rooms that may use libraries other than ours and the JDK's java.base. */
    private static final Map<String, Set<String>> OTHERS =
            Map.of("jdk.jfr", Set.of("internal.flight"), "io.micrometer", Set.of("metrics"));

    @Test
    void roomsImportInOneDirection(@TempDir Path copy) throws Exception {
        Set<String> wrong = new TreeSet<>();
        Set<String> rooms = new TreeSet<>();
        Set<String> values = new TreeSet<>();
        for (Jdeps.Edge edge : Jdeps.edges(copy, "-verbose:class", "-filter:none")) {
            String from = room(edge.from());
            rooms.add(from);
            if (!edge.to().startsWith(ROOT + ".")) {
                continue;
            }
            String to = room(edge.to());
            boolean below = ROOMS.indexOf(to) <= ROOMS.indexOf(from);
            if (!below && VALUES.contains(outer(edge.to()))) {
                values.add(outer(edge.to()));
            } else if (!below
                    || !(to.equals(from) || ONLY.getOrDefault(from, Set.of(to)).contains(to))) {
                wrong.add(outer(edge.from()) + " -> " + outer(edge.to()));
            }
        }

        assertEquals(Set.of(), wrong, "imports that violate the order of the rooms");
        assertEquals(new TreeSet<>(ROOMS), rooms, "a room without a place, or a place without a room");
        assertEquals(new TreeSet<>(VALUES), values, "values that no lower room needs");
    }

    @Test
    void librariesAreUsedWhereTheyAreNeeded(@TempDir Path copy) throws Exception {
        List<Jdeps.Edge> edges = new ArrayList<>(Jdeps.edges(copy, "-verbose:package", "-filter:none"));

        OTHERS.forEach((library, rooms) -> assertEquals(
                rooms,
                edges.stream()
                        .filter(edge -> edge.to().startsWith(library))
                        .map(edge -> edge.from().equals(ROOT) ? "" : edge.from().substring(ROOT.length() + 1))
                        .collect(Collectors.toSet()),
                library));
    }

    /** The package of a class, without the prefix that all packages share. */
    private static String room(String type) {
        String name = outer(type);
        int dot = name.lastIndexOf('.');
        return dot < 0 ? "" : name.substring(0, dot);
    }

    private static String outer(String type) {
        return type.substring(ROOT.length() + 1).replaceFirst("\\$.*", "");
    }
}
