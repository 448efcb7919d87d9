// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import io.portcullis.benchmarks.report.ChartFile;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code first-minute.csv} and {@code .json} with every sample, and {@code .svg} and {@code .png} with a line for each
 * variant.
 */
final class SampleFiles {
    private static final String NAME = "first-minute";

    private SampleFiles() {}

    /** The contents of the JSON file. */
    private record All(String title, List<Sample> samples) {}

    static void write(List<Sample> samples, String title, Path directory) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(directory);
        JsonMapper json =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(directory.resolve(NAME + ".json"), json.writeValueAsString(new All(title, samples)) + "\n");
        Files.writeString(directory.resolve(NAME + ".csv"), csv(samples));
        ChartFile.write(chart(samples, title), directory.resolve(NAME));
    }

    static String csv(List<Sample> samples) {
        StringBuilder text = new StringBuilder("variant,round,ready_millis,from,seconds,handshakes,per_second\n");
        for (Sample sample : samples) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s,%d,%d,%.3f,%.3f,%d,%.1f%n",
                    sample.variant(),
                    sample.round(),
                    sample.readyMillis(),
                    sample.from(),
                    sample.seconds(),
                    sample.handshakes(),
                    sample.perSecond()));
        }
        return text.toString();
    }

    private static XYChart chart(List<Sample> samples, String title) {
        XYChart chart = new XYChartBuilder()
                .width(900)
                .height(480)
                .title(title)
                .xAxisTitle("seconds after the listener has opened")
                .yAxisTitle("full handshakes per second (higher is better)")
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.InsideSE);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setPlotMargin(0);
        chart.getStyler().setPlotContentSize(1);
        samples.stream().map(Sample::variant).distinct().forEach(variant -> {
            Map<Integer, Double> line = line(samples, variant);
            chart.addSeries(variant, List.copyOf(line.keySet()), List.copyOf(line.values()))
                    .setMarker(SeriesMarkers.NONE);
        });
        return chart;
    }

    /** Returns the median of the rounds by second. */
    static Map<Integer, Double> line(List<Sample> samples, String variant) {
        Map<Integer, List<Double>> bySecond = samples.stream()
                .filter(sample -> sample.variant().equals(variant))
                .collect(Collectors.groupingBy(
                        sample -> (int) sample.from() + 1,
                        TreeMap::new,
                        Collectors.mapping(Sample::perSecond, Collectors.toList())));
        Map<Integer, Double> line = new TreeMap<>();
        bySecond.forEach((second, rates) -> line.put(second, median(rates)));
        return line;
    }

    private static double median(List<Double> rates) {
        List<Double> sorted = rates.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
