// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.report.Measurement;
import io.portcullis.benchmarks.report.Profile;
import io.portcullis.benchmarks.report.ResultFiles;
import io.portcullis.benchmarks.report.Results;
import io.portcullis.benchmarks.servers.Contestant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The comparison as a whole, with two servers that are the same, for a moment each. Figures are counted, not judged. */
class CompareCommandIT {
    private static final List<Contestant> CONTESTANTS = List.of(
            new SmallContestant("one", true, Optional.empty(), true),
            new SmallContestant("other", true, Optional.empty(), true),
            new SmallContestant("plain", false, Optional.empty(), true),
            new SmallContestant("foreign", false, Optional.empty(), false),
            new SmallContestant("gone", true, Optional.of("it is not there"), true));

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private final StringWriter errors = new StringWriter();

    @AfterEach
    void leavesNoProcessBehind() {
        assertFalse(ProcessHandle.current()
                .descendants()
                .anyMatch(process -> process.info().commandLine().orElse("").contains(SmallServer.class.getName())));
    }

    @Test
    void measuresServersInTurnsAndComparesThem() throws IOException {
        int status = compare("--servers=one,other,gone", "--workloads=W1-8,W2-full-ec", "--baseline=other");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(List.of(new Results.Skipped("gone", "it is not there")), results.skipped());
        for (String workload : List.of("W1-8", "W2-full-ec")) {
            assertTrue(out.toString().contains("RATIO " + workload + " one/other "), out::toString);
            assertEquals(2, results.costs(workload, "one").size(), results.notes()::toString);
            assertEquals(2, results.costs(workload, "other").size(), results.notes()::toString);
        }
        assertEquals(
                List.of("one", "other", "one", "other"),
                results.measurements().stream()
                        .filter(each -> each.workload().equals("W1-8"))
                        .map(Measurement::server)
                        .toList());
        assertEquals(
                1 + 2 * 2 * 2,
                Files.readAllLines(directory.resolve("results.csv")).size());
    }

    /** With one server and in one round, because a cold JVM takes its time for handshakes. */
    @Test
    void measuresAllWorkloadsOfProcessorTime() throws IOException {
        List<String> workloads =
                List.of("W1-8", "W2-full-ec", "W2-resumed", "W2-full-rsa", "W2-full-p256", "W3", "W5-500");

        int status = compare("--servers=one", "--workloads=" + String.join(",", workloads), "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        for (String workload : workloads) {
            assertEquals(1, results.costs(workload, "one").size(), results.notes()::toString);
            assertTrue(results.costs(workload, "one").get(0) > 0);
            assertTrue(Files.exists(directory.resolve(workload + ".svg")));
            assertTrue(Files.exists(directory.resolve(workload + ".png")));
        }
        assertEquals(100, detail(results, "W2-resumed", "resumed %"));
        assertEquals(0, detail(results, "W2-full-ec", "resumed %"));
        assertTrue(detail(results, "W5-500", "p99") > 0);
    }

    @Test
    void measuresMemoryAndDescriptors() throws IOException {
        int status = compare("--servers=one", "--workloads=W4-50", "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(1, detail(results, "W4-50", "descriptors"), results.notes()::toString);
    }

    @Test
    void measuresPlainServersWhereThatHasAMeaning() throws IOException {
        int status = compare("--servers=plain,one", "--workloads=W1-8,W2-full-ec", "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(1, results.costs("W1-8", "plain").size());
        assertEquals(List.of(), results.costs("W2-full-ec", "plain"));
    }

    @Test
    void measuresAServerBesideItselfWithOtherOptions() throws IOException {
        String tuned = "one[-XX:+UseSerialGC,-Dkey=value]";

        int status = compare("--servers=one," + tuned, "--workloads=W1-8", "--rounds=1");

        assertEquals(0, status, errors::toString);
        assertEquals(1, results().costs("W1-8", tuned).size(), results().notes()::toString);
        assertTrue(out.toString().contains("RATIO W1-8 " + tuned + "/one "), out::toString);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void findsOutWhereTheTimeOfAJvmGoes() throws IOException {
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
        assertTrue(results.notes().contains("foreign is not profiled: it is no JVM"), results.notes()::toString);
    }

    @Test
    void optionsInBracketsAreForJvms() {
        assertEquals(2, compare("--servers=foreign[-Xmx1g]"));
        assertTrue(errors.toString().contains("foreign is no JVM, so it takes no options in brackets"));
    }

    @Test
    void unknownServersAreToldWhoIsKnown() {
        assertEquals(2, compare("--servers=none"));
        assertTrue(errors.toString().contains("there is no server 'none'; there are one, other, plain, foreign, gone"));
    }

    @Test
    void baselineHasToBeAmongTheServers() {
        assertEquals(2, compare("--servers=one", "--baseline=gone"));
        assertTrue(errors.toString().contains("the baseline 'gone' is not among the servers: one"));
    }

    private int compare(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--quick", "--window=0.2", "--warm-up=0.2", "--out=" + directory, "--jvm-options=-Xmx64m"));
        return new CommandLine(new CompareCommand(() -> CONTESTANTS))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(errors, true))
                .execute(all.toArray(new String[0]));
    }

    private Results results() throws IOException {
        return ResultFiles.read(directory.resolve("results.json"));
    }

    private static double detail(Results results, String workload, String name) {
        Measurement window = results.measurements(workload, "one").get(0);
        return window.details().getOrDefault(name, -1.0);
    }
}
