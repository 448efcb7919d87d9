// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.portcullis.benchmarks.report.Measurement;
import io.portcullis.benchmarks.report.ResultFiles;
import io.portcullis.benchmarks.report.Results;
import io.portcullis.benchmarks.servers.Contestant;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Short comparisons of small servers. Checks which figures there are, not their values. */
abstract class SmallComparisons {
    private static final List<Contestant> CONTESTANTS = List.of(
            new SmallContestant("one", true, Optional.empty(), true),
            new SmallContestant("other", true, Optional.empty(), true),
            new SmallContestant("plain", false, Optional.empty(), true),
            new SmallContestant("foreign", false, Optional.empty(), false),
            new SmallContestant("gone", true, Optional.of("it is not there"), true));

    @TempDir
    Path directory;

    final StringWriter out = new StringWriter();
    final StringWriter errors = new StringWriter();

    @AfterEach
    void leavesNoProcessBehind() {
        assertFalse(ProcessHandle.current()
                .descendants()
                .anyMatch(process -> process.info().commandLine().orElse("").contains(SmallServer.class.getName())));
    }

    int compare(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of(
                "--quick",
                "--window=0.2",
                "--warm-up=0.2",
                "--out=" + directory,
                "--jvm-options=-Xmx64m -XX:TieredStopAtLevel=1"));
        return new CommandLine(new CompareCommand(() -> CONTESTANTS))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(errors, true))
                .execute(all.toArray(new String[0]));
    }

    Results results() throws IOException {
        return ResultFiles.read(directory.resolve("results.json"));
    }

    static double detail(Results results, String workload, String name) {
        Measurement window = results.measurements(workload, "one").get(0);
        return window.details().getOrDefault(name, -1.0);
    }
}
