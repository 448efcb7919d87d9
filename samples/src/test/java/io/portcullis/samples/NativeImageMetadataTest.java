// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the framework's jar tells GraalVM of its reflection is in the form that GraalVM reads, right, and complete. */
final class NativeImageMetadataTest {
    private static final String FILE = "/META-INF/native-image/io.portcullis/portcullis-framework/reflect-config.json";
    private static final Path SOURCES = Path.of("..", "framework", "src", "main", "java");
    /** What a lookup of a handle on a field looks like, in all sources. */
    private static final Pattern HANDLE =
            Pattern.compile("(?:Fields\\.handle\\(\\s*MethodHandles\\.lookup\\(\\),|\\.findVarHandle\\()"
                    + "\\s*(\\w+)\\.class,\\s*\"(\\w+)\"");

    private static final int NAMED_GROUPS_SINCE = 20;

    private final JsonNode entries;

    NativeImageMetadataTest() throws IOException {
        try (InputStream file = Objects.requireNonNull(NativeImageMetadataTest.class.getResourceAsStream(FILE), FILE)) {
            entries = JsonMapper.shared().readTree(file);
        }
    }

    @Test
    void hasTheFormOfAReflectionConfiguration() {
        for (JsonNode entry : entries) {
            assertEquals(
                    Set.of(),
                    minus(entry.propertyNames(), Set.of("name", "fields", "methods")),
                    () -> "unknown to GraalVM: " + entry);
            for (JsonNode field : entry.path("fields")) {
                assertEquals(Set.of("name"), Set.copyOf(field.propertyNames()));
            }
            for (JsonNode method : entry.path("methods")) {
                assertEquals(Set.of("name", "parameterTypes"), Set.copyOf(method.propertyNames()));
            }
        }
    }

    private static Set<String> minus(Iterable<String> names, Set<String> known) {
        Set<String> rest = new TreeSet<>();
        names.forEach(rest::add);
        rest.removeAll(known);
        return rest;
    }

    @Test
    void namesOnlyFieldsAndMethodsThatExist() throws Exception {
        for (JsonNode entry : entries) {
            String name = entry.get("name").stringValue();
            if (name.startsWith("io.portcullis.") || name.startsWith("javax.")) {
                Class<?> owner = Class.forName(name, false, NativeImageMetadataTest.class.getClassLoader());
                for (JsonNode field : entry.path("fields")) {
                    assertEquals(
                            owner,
                            owner.getDeclaredField(field.get("name").stringValue())
                                    .getDeclaringClass());
                }
                if (Runtime.version().feature() >= NAMED_GROUPS_SINCE) {
                    for (JsonNode method : entry.path("methods")) {
                        assertEquals(owner, method(owner, method));
                    }
                }
            }
        }
    }

    private static Class<?> method(Class<?> owner, JsonNode method) throws ReflectiveOperationException {
        List<Class<?>> parameters = new ArrayList<>();
        for (JsonNode type : method.get("parameterTypes")) {
            parameters.add(
                    type.stringValue().equals("java.lang.String[]")
                            ? String[].class
                            : Class.forName(type.stringValue()));
        }
        return owner.getMethod(method.get("name").stringValue(), parameters.toArray(Class<?>[]::new))
                .getDeclaringClass();
    }

    @Test
    void namesEveryFieldThatIsAccessedByAHandle() throws IOException {
        Set<String> listed = new TreeSet<>();
        for (JsonNode entry : entries) {
            for (JsonNode field : entry.path("fields")) {
                listed.add(entry.get("name").stringValue() + "."
                        + field.get("name").stringValue());
            }
        }
        Set<String> accessed = accessed();
        assertFalse(accessed.isEmpty());
        assertEquals(accessed, listed);
    }

    private static Set<String> accessed() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path source :
                    files.filter(file -> file.toString().endsWith(".java")).toList()) {
                String unit = SOURCES.relativize(source)
                        .toString()
                        .replaceAll("[\\\\/]", ".")
                        .replaceAll("\\.java$", "");
                String simple = unit.substring(unit.lastIndexOf('.') + 1);
                Matcher handle = HANDLE.matcher(Files.readString(source));
                while (handle.find()) {
                    String nested = handle.group(1).equals(simple) ? "" : "$" + handle.group(1);
                    found.add(unit + nested + "." + handle.group(2));
                }
            }
        }
        return found;
    }
}
