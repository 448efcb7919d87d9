// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The executable jar, which contains the work of others, says so and brings their licenses. */
final class LegalNoticesIT {
    private static JarFile jar;

    @BeforeAll
    static void open() throws IOException {
        jar = new JarFile(System.getProperty("portcullis.jar", "target/portcullis-samples.jar"));
    }

    @AfterAll
    static void close() throws IOException {
        jar.close();
    }

    private static String text(String name) throws IOException {
        ZipEntry entry = jar.getEntry(name);
        try (InputStream bytes = jar.getInputStream(entry)) {
            return new String(bytes.readAllBytes(), UTF_8);
        }
    }

    @Test
    void bringsItsOwnLicenseAndNotice() throws IOException {
        assertEquals(Files.readString(Path.of("..", "LICENSE")), text("META-INF/LICENSE"));
        assertEquals(Files.readString(Path.of("..", "NOTICE")), text("META-INF/NOTICE"));
    }

    @Test
    void listsEveryArtifactThatItContains() throws IOException {
        String list = text("META-INF/THIRD-PARTY.txt");
        List<Artifact> others = contained().stream()
                .filter(artifact -> !artifact.group().equals("io.portcullis"))
                .toList();
        assertFalse(others.isEmpty());
        assertEquals(
                List.of(),
                others.stream().filter(artifact -> !artifact.isIn(list)).toList());
    }

    private record Artifact(String group, String name, String version) {
        /** By itself, or as a part of another artifact. */
        boolean isIn(String list) {
            String id = group + ":" + name;
            return list.contains("\n" + id + ":" + version + "\n")
                    || list.contains("Contains " + id + " ")
                    || list.contains(" and " + id + " ");
        }
    }

    /** What Maven has left its own mark of in the jar; also what others have put into their jars. */
    private static List<Artifact> contained() throws IOException {
        List<Artifact> contained = new ArrayList<>();
        for (JarEntry entry : jar.stream().toList()) {
            if (entry.getName().matches("META-INF/maven/.*/pom\\.properties")) {
                Properties mark = new Properties();
                try (InputStream properties = jar.getInputStream(entry)) {
                    mark.load(properties);
                }
                contained.add(new Artifact(
                        mark.getProperty("groupId"), mark.getProperty("artifactId"), mark.getProperty("version")));
            }
        }
        return contained;
    }

    @Test
    void bringsTheLicensesOfOthersThatAreNotItsOwn() throws IOException {
        String begin = "META-INF/third-party/";
        assertTrue(text(begin + "slf4j-api-jar/META-INF/LICENSE.txt").contains("QOS.ch"));
        assertTrue(text(begin + "bcprov-jdk18on-jar/META-INF/LICENSE.md").contains("Bouncy Castle"));
        assertTrue(
                text(begin + "netty-tcnative-boringssl-static-linux-x86_64-jar/META-INF/license/LICENSE.boringssl.txt")
                        .contains("BoringSSL"));
        assertTrue(text(begin + "protobuf-java/LICENSE.txt").contains("Google Inc."));
        assertTrue(text("io/portcullis/samples/operations/uplot-LICENSE.txt").contains("MIT"));
    }
}
