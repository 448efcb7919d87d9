// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The Grafana dashboard queries existing meters only; a separate test checks that docs/metrics.md lists them all. */
final class GrafanaDashboardTest {
    private static final Pattern EXPRESSION = Pattern.compile("\"expr\": \"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern METER = Pattern.compile("portcullis_[a-z_]+");
    /** The suffixes of the series that a timer produces. */
    private static final Pattern PARTS_OF_A_TIMER = Pattern.compile("(_seconds)_(?:count|sum|max|bucket)$");

    @Test
    void everyPanelNamesMetersThatExist() throws IOException {
        Set<String> asked = EXPRESSION
                .matcher(Files.readString(Path.of("..", "docker", "grafana", "dashboards", "portcullis.json")))
                .results()
                .map(found -> found.group(1))
                .flatMap(expression -> METER.matcher(expression).results())
                .map(MatchResult::group)
                .map(name -> PARTS_OF_A_TIMER.matcher(name).replaceFirst("$1"))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> existing = METER.matcher(Files.readString(Path.of("..", "docs", "metrics.md")))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
        assertTrue(asked.size() > 10, "the dashboard's expressions were not found: " + asked);
        asked.removeAll(existing);
        assertEquals(Set.of(), asked, "meters missing from docs/metrics.md");
    }
}
