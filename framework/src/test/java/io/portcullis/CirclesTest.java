// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The classes of the framework also depend on each other in one direction only: to read a class, one need not know the
 * classes that use it. Nested classes count as their outer class.
 */
class CirclesTest {
    private static final String ROOT = "io.portcullis.";

    /**
     * The existing cycles, and the reason for each. A cycle of more than two classes is allowed only if the public API
     * itself is that cycle.
     */
    private static final Map<Set<String>, String> KNOWN = Map.of(
            Set.of("Decision", "Gate", "ByOpening"),
            "public: a gate decides, one of the decisions names a further gate, and ByOpening is a case of the sealed Decision",
            Set.of("dispatch.Client", "dispatch.EndpointBuilder", "dispatch.Server"),
            "public: EndpointBuilder is sealed, and its cases are the builders nested in Client and Server",
            Set.of("tls.CredentialBuilder", "tls.TlsProfile", "tls.TlsProfileBuilder"),
            "public: TlsProfile.builder() returns its builder, which is the only case of the sealed CredentialBuilder",
            Set.of("Connection", "ConnectionHandler", "StatefulHandler"),
            "public: a connection is passed to another handler, whose callbacks have the connection as a parameter",
            Set.of("buffer.BufferCache", "buffer.BufferPool"),
            "public: a pool makes caches, and a cache that is closed leaves its pool",
            Set.of("buffer.PooledBuffer", "buffer.SizeClass"),
            "a buffer goes back to the queue of its size, which contains the free ones",
            Set.of("internal.engine.SslEngineAdapter", "tls.spi.TlsEngine"),
            "public: TlsEngine.ofNative creates an engine from one with the JDK's interface");

    @Test
    void classesDependOnEachOtherInOneDirection(@TempDir Path copy) throws Exception {
        Map<String, Set<String>> classes = classes(copy);
        List<Set<String>> circles = Circles.in(classes);

        assertTrue(classes.size() > 200, "jdeps does not see the classes, only " + classes.size());
        List<String> unknown = circles.stream()
                .filter(circle -> !KNOWN.containsKey(circle))
                .map(circle -> edgesWithin(circle, classes))
                .toList();
        assertEquals(List.of(), unknown, "cycles of classes that are not on the list");
        List<Set<String>> gone = KNOWN.keySet().stream()
                .filter(circle -> !circles.contains(circle))
                .toList();
        assertEquals(List.of(), gone, "cycles on the list that no longer exist");
    }

    @Test
    void aKnownCircleOfMoreThanTwoClassesIsPublic() throws Exception {
        List<String> internal = new ArrayList<>();
        for (Set<String> circle : KNOWN.keySet()) {
            for (String name : circle) {
                if (circle.size() > 2
                        && !Modifier.isPublic(Class.forName(ROOT + name).getModifiers())) {
                    internal.add(name);
                }
            }
        }
        assertEquals(List.of(), internal);
    }

    @Test
    void findsCirclesWithAllTheirNodesAndNothingElse() {
        Map<String, Set<String>> graph = Map.of(
                "a", Set.of("b", "x"),
                "b", Set.of("c"),
                "c", Set.of("a", "d", "pair"),
                "d", Set.of("b"),
                "pair", Set.of("other", "x"),
                "other", Set.of("pair"),
                "itself", Set.of("itself", "a"),
                "x", Set.of("y", "z"),
                "y", Set.of("z"));

        assertEquals(
                Set.of(Set.of("a", "b", "c", "d"), Set.of("pair", "other")), Set.copyOf(Circles.in(graph)), "circles");
        assertEquals(
                "a -> b, b -> c, c -> a, c -> d, d -> b",
                edgesWithin(new TreeSet<>(Set.of("a", "b", "c", "d")), graph));
    }

    private static Map<String, Set<String>> classes(Path copy) throws Exception {
        Map<String, Set<String>> classes = new TreeMap<>();
        for (Jdeps.Edge edge : Jdeps.edges(copy, "-verbose:class", "-filter:none")) {
            Set<String> targets = classes.computeIfAbsent(outer(edge.from()), from -> new TreeSet<>());
            if (edge.to().startsWith(ROOT)) {
                targets.add(outer(edge.to()));
            }
        }
        return classes;
    }

    private static String outer(String name) {
        return name.substring(ROOT.length()).replaceFirst("\\$.*", "");
    }

    private static String edgesWithin(Set<String> circle, Map<String, Set<String>> graph) {
        return circle.stream()
                .flatMap(from -> new TreeSet<>(graph.get(from))
                        .stream()
                                .filter(to -> circle.contains(to) && !to.equals(from))
                                .map(to -> from + " -> " + to))
                .collect(Collectors.joining(", "));
    }
}
