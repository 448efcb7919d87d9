// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.process.Pinning;
import io.portcullis.benchmarks.report.Results.Run;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** Describes the environment of a run. */
final class Machine {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private Machine() {}

    static Run describe(Settings settings, String load, Pinning pinning) throws IOException {
        return new Run(
                OffsetDateTime.now(ZoneId.systemDefault())
                        .truncatedTo(ChronoUnit.SECONDS)
                        .toString(),
                settings.commandLine(),
                processor(),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"),
                jdk(settings.java()),
                settings.jvmOptions(),
                load,
                pinning.description(),
                ProcessTree.clock());
    }

    private static String processor() throws IOException {
        List<String> lines = Files.isReadable(CPU_INFO) ? Files.readAllLines(CPU_INFO) : List.of();
        return ProcFormat.cpuInfo(lines, "model name");
    }

    private static String jdk(Path java) throws IOException {
        Process process = new ProcessBuilder(java.toString(), "-version")
                .redirectErrorStream(true)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        List<String> lines = text.lines().toList();
        return lines.size() > 1 ? lines.get(0) + ", " + lines.get(1) : text;
    }
}
