// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ResultFilesTest {

    @TempDir
    private Path directory;

    @Test
    void jsonIsReadBackUnchanged() throws IOException {
        Results results = SampleResults.results();

        ResultFiles.write(results, directory.resolve("new"));

        assertEquals(results, ResultFiles.read(directory.resolve("new/results.json")));
    }

    @Test
    void csvHasALineForEachWindowAndAColumnForEachDetail() {
        List<String> lines = ResultFiles.csv(SampleResults.results()).lines().toList();

        assertEquals("workload,server,round,cost,unit,user_share,per_second,faults,p99", lines.get(0));
        assertEquals("W1-64,fast,1,8.0,us per request,0.25,125000.0,,", lines.get(1));
        assertEquals("W5-100,fast,1,20.0,us per request,0.25,50000.0,1.0,150.0", lines.get(5));
        assertEquals(7, lines.size());
    }

    @Test
    void tableEndsWithTheRatioLines() {
        List<String> lines = Table.lines(SampleResults.results());

        assertTrue(lines.contains("skipped gone: it is not there"));
        assertTrue(lines.contains("note: a note"));
        assertTrue(lines.subList(lines.size() - 3, lines.size()).stream().allMatch(line -> line.startsWith("RATIO ")));
    }

    @Test
    void numbersHaveThreeSignificantDigits() {
        assertEquals("1,240", Table.number(1240.4));
        assertEquals("24.1", Table.number(24.12));
        assertEquals("0.97", Table.number(0.971));
    }

    /** The library loops forever if a label is too long. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void namesInChartsMayBeLong() throws IOException {
        for (int rows : List.of(1, 2, 3, 8, 20)) {
            String one = svg(rows, "-sslsocket[-XX:+UseSerialGC,-Xmn128m]");
            assertNotEquals(
                    one, svg(rows, "-sslsocket[-XX:+UseSerialGC,-Xmn256m]"), () -> rows + " rows without names");
        }
    }

    private String svg(int rows, String name) throws IOException {
        Statistics.Spread spread = new Statistics.Spread(2, 1, 3);
        List<BarChart.Bar> bars = IntStream.range(0, rows)
                .mapToObj(row -> new BarChart.Bar(row + name, spread, false))
                .toList();
        ChartFile.write(BarChart.of("title", "axis", bars), directory.resolve("chart"));
        return Files.readString(directory.resolve("chart.svg"));
    }

    @Test
    void chartsAreDrawnForWorkloadsThatWereMeasured() throws IOException {
        Charts.write(SampleResults.results(), directory);

        for (String name : List.of("W1-64", "W5-100")) {
            assertTrue(Files.readString(directory.resolve(name + ".svg")).contains("<svg"));
            assertTrue(Files.size(directory.resolve(name + ".png")) > 0);
        }
    }
}
