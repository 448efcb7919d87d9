// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.report.Profile;
import io.portcullis.benchmarks.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Comparisons of other figures than CPU time, and of other servers than identical ones. */
class CompareKindsIT extends SmallComparisons {
    @Test
    void measuresMemoryAndDescriptors() throws IOException {
        int status = compare("--servers=one", "--workloads=W4-50", "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(1, detail(results, "W4-50", "descriptors"), results.notes()::toString);
    }

    @Test
    void measuresPlainServersInWorkloadsThatDoNotRequireTls() throws IOException {
        int status = compare("--servers=plain,one", "--workloads=W1-8,W2-full-ec", "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(1, results.costs("W1-8", "plain").size());
        assertEquals(List.of(), results.costs("W2-full-ec", "plain"));
    }

    @Test
    void comparesAServerWithItselfUnderOtherOptions() throws IOException {
        String tuned = "one[-XX:+UseSerialGC,-Dkey=value]";

        int status = compare("--servers=one," + tuned, "--workloads=W1-8", "--rounds=1");

        assertEquals(0, status, errors::toString);
        assertEquals(1, results().costs("W1-8", tuned).size(), results().notes()::toString);
        assertTrue(out.toString().contains("RATIO W1-8 " + tuned + "/one "), out::toString);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void profilesAJvm() throws IOException {
        int status = compare("--servers=one,foreign", "--workloads=W1-8", "--rounds=1", "--profile");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(1, results.profiles().size(), results.notes()::toString);
        Profile profile = results.profiles().get(0);
        assertEquals("one", profile.server());
        assertTrue(profile.samples() > 0);
        assertEquals(
                1,
                profile.shares().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .sum(),
                1e-6);
        assertTrue(Files.size(directory.resolve("profile-W1-8-one.collapsed.gz")) > 0);
        assertTrue(Files.readString(directory.resolve("profile-W1-8-one.html")).contains("<html"));
        assertTrue(Files.readString(directory.resolve("profiles.md")).contains("| one | "));
        assertTrue(
                results.notes().contains("foreign is not profiled: it does not run in a JVM"),
                results.notes()::toString);
    }
}
