// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class TunedContestantTest {
    private static final Launch LAUNCH = new Launch(
            1,
            Path.of("server.pem"),
            Path.of("server-key.pem"),
            Path.of("java"),
            List.of("-Xmx512m", "-XX:+UseParallelGC", "-XX:+AlwaysPreTouch"),
            Path.of("work"));

    @Test
    void startsTheSameServerWithItsOptions() {
        Contestant tuned = Contestants.byName("portcullis-jdk[-XX:+UseSerialGC,-Xlog:gc,safepoint]");

        assertEquals("portcullis-jdk[-XX:+UseSerialGC,-Xlog:gc,safepoint]", tuned.name());
        List<String> command = tuned.command(LAUNCH);
        assertTrue(
                command.containsAll(List.of(
                        "-Xmx512m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-Xlog:gc,safepoint", "portcullis-jdk")),
                command::toString);
        assertFalse(command.contains("-XX:+UseParallelGC"));
    }

    @Test
    void onlyJvmsTakeOptions() {
        String message = refused("nginx-plain[-Xmx1g]");
        assertEquals("nginx-plain is not a JVM, so it takes no options in brackets", message);
    }

    @Test
    void otherTextInBracketsIsRefused() {
        for (String name : List.of("portcullis-jdk[]", "portcullis-jdk[gc=serial]", "portcullis-jdk[-Da=b c]")) {
            assertTrue(
                    refused(name).contains("write, for example, portcullis-jdk[-XX:+UseSerialGC,-Dkey=value]"), name);
        }
    }

    @Test
    void unknownServersWithOptionsAreUnknownServers() {
        assertTrue(refused("apache[-Xmx1g]").startsWith("there is no server 'apache'; there are "));
    }

    @Test
    void sizesOfTheHeapReplaceEachOther() {
        assertEquals(
                List.of("-ea", "-Xmx64m"), JvmOptions.with(List.of("-Xms512m", "-ea", "-Xmx512m"), List.of("-Xmx64m")));
        assertEquals(List.of("-Xmx64m", "-ea"), JvmOptions.with(List.of("-Xmx64m"), List.of("-ea")));
    }

    private static String refused(String name) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, () -> Contestants.byName(name))
                .getMessage());
    }
}
