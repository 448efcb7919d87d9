// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.portcullis.Connection;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The page about meters has a row for each meter of a server with everything bound to a Prometheus registry, and no
 * other.
 */
@Timeout(60)
class MetricsPageTest {
    private static final Path PAGE = Path.of("../docs/metrics.md");
    private static final PrometheusMeterRegistry REGISTRY = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

    /** Meter, name in Prometheus, type, tags, and meaning. */
    private static final Pattern ROW = Pattern.compile(
            "(?m)^\\| `(portcullis[a-z.]+)` \\| `([a-z_]+)` \\| ([a-z]+) \\| ([a-z, `]*) \\| [^|]+ \\| [^|]+ \\|$");

    private record Row(String meter, String prometheus, String type, Set<String> tags) implements Comparable<Row> {
        @Override
        public int compareTo(Row other) {
            return toString().compareTo(other.toString());
        }
    }

    @BeforeAll
    static void letEverythingHappen() throws Exception {
        ConnectionMetrics metrics = new ConnectionMetrics();
        metrics.bindTo(REGISTRY);
        try (Scenario scenario = new Scenario(metrics)) {
            new DispatcherMetrics(scenario.dispatcher).bindTo(REGISTRY);
            new CertificateMetrics(scenario.server).bindTo(REGISTRY);
            scenario.failed();
            Connection plain = scenario.plain(1);
            Connection upgraded = scenario.upgraded();
            try (Socket secured = scenario.secured()) {
                assertFalse(secured.isClosed());
                scenario.refused();
            }
            plain.close();
            upgraded.close();
            scenario.awaitConnections(0);
        }
    }

    @AfterAll
    static void end() {
        REGISTRY.close();
    }

    private static Set<Row> documented() throws Exception {
        Set<Row> rows = new TreeSet<>();
        Matcher row = ROW.matcher(Files.readString(PAGE));
        while (row.find()) {
            Set<String> tags = Pattern.compile("`([a-z]+)`")
                    .matcher(row.group(4))
                    .results()
                    .map(tag -> tag.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
            rows.add(new Row(row.group(1), row.group(2), row.group(3), tags));
        }
        return rows;
    }

    private static Row row(Meter meter) {
        Meter.Id id = meter.getId();
        String type = switch (id.getType()) {
            case COUNTER -> "counter";
            case TIMER -> "timer";
            default -> "gauge";
        };
        String base = id.getName().replace('.', '_');
        String unit = type.equals("timer") ? "seconds" : id.getBaseUnit();
        String name = base
                + (unit == null || base.endsWith(unit) ? "" : "_" + unit)
                + (type.equals("counter") ? "_total" : "");
        return new Row(
                id.getName(),
                name,
                type,
                id.getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new)));
    }

    @Test
    void hasARowForEachMeterAndNoOther() throws Exception {
        Set<Row> real =
                REGISTRY.getMeters().stream().map(MetricsPageTest::row).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(lines(real), lines(documented()));
    }

    private static String lines(Set<Row> rows) {
        return rows.stream().map(Row::toString).collect(Collectors.joining("\n"));
    }

    @Test
    void namesThemAsPrometheusDoes() throws Exception {
        String text = REGISTRY.scrape();
        Set<String> real = Pattern.compile("(?m)^# TYPE (portcullis_[a-z_]+) ")
                .matcher(text)
                .results()
                .map(type -> type.group(1))
                .filter(name -> !name.endsWith("_max"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> documented =
                documented().stream().map(Row::prometheus).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(real, documented);
    }

    @Test
    void prometheusParserReportsNoProblem() throws Exception {
        boolean installed = List.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator)).stream()
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
        Assumptions.assumeTrue(installed, "promtool is not installed (Debian: prometheus)");
        Process promtool = new ProcessBuilder("promtool", "check", "metrics")
                .redirectErrorStream(true)
                .start();
        try (var in = promtool.getOutputStream()) {
            in.write(REGISTRY.scrape().getBytes(StandardCharsets.UTF_8));
        }
        String output = new String(promtool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, promtool.waitFor(), output);
    }
}
