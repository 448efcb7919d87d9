// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.List;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Horizontal bars with whiskers, composed of the lines of an XY chart. */
final class BarChart {
    private static final int WIDTH = 900;
    private static final int ROW = 36;
    private static final int AROUND_ROWS = 90;
    /** Empty rows at the bottom: the library loops forever if one of the three lowest labels exceeds 20 characters. */
    private static final int EMPTY_ROWS = 1;

    private static final float BAR = 18;
    private static final float WHISKER = 1.6f;
    private static final double CAP = 0.16;
    /** Space for the figures to the right of the bars. */
    private static final double ROOM = 1.22;

    private static final Color OURS = new Color(0x2a, 0x6f, 0xbb);
    private static final Color OTHERS = new Color(0xb4, 0xbd, 0xc8);
    private static final Color INK = new Color(0x22, 0x2b, 0x36);
    private static final Color GRID = new Color(0xe6, 0xe9, 0xed);

    private BarChart() {}

    /**
     * A row of the chart.
     *
     * @param name the label
     * @param spread the median and the ends of the whisker
     * @param ours whether to use the stronger color
     */
    record Bar(String name, Statistics.Spread spread, boolean ours) {}

    static XYChart of(String title, String axis, List<Bar> bars) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(AROUND_ROWS + ROW * (bars.size() + EMPTY_ROWS))
                .title(title)
                .xAxisTitle(axis)
                .build();
        double max = bars.stream().mapToDouble(bar -> bar.spread().max()).max().orElse(1);
        style(chart.getStyler(), bars, max * ROOM);
        for (int row = 0; row < bars.size(); row++) {
            add(chart, row, bars.get(row), max);
        }
        return chart;
    }

    private static void add(XYChart chart, int row, Bar bar, double max) {
        Statistics.Spread spread = bar.spread();
        Color color = bar.ours() ? OURS : OTHERS;
        line(chart, row + " bar", 0, spread.median(), row, row, BAR, color);
        line(chart, row + " whisker", spread.min(), spread.max(), row, row, WHISKER, INK);
        line(chart, row + " best", spread.min(), spread.min(), row - CAP, row + CAP, WHISKER, INK);
        line(chart, row + " worst", spread.max(), spread.max(), row - CAP, row + CAP, WHISKER, INK);
        AnnotationText figure =
                new AnnotationText(Table.number(spread.median()), spread.max() + max * (ROOM - 1) / 3, row, false);
        chart.addAnnotation(figure);
    }

    private static void line(
            XYChart chart, String name, double x1, double x2, double y1, double y2, float width, Color color) {
        XYSeries series = chart.addSeries(name, new double[] {x1, x2}, new double[] {y1, y2});
        series.setMarker(SeriesMarkers.NONE);
        series.setLineColor(color);
        series.setLineStyle(new BasicStroke(width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_BEVEL));
    }

    private static void style(XYStyler styler, List<Bar> bars, double end) {
        styler.setLegendVisible(false);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setPlotBackgroundColor(Color.WHITE);
        styler.setPlotBorderVisible(false);
        styler.setChartFontColor(INK);
        styler.setChartTitleBoxVisible(false);
        styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 12));
        styler.setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.BOLD, 12));
        styler.setAnnotationTextFontColor(INK);
        styler.setAxisTicksMarksVisible(false);
        styler.setAxisTicksLineVisible(false);
        styler.setPlotGridHorizontalLinesVisible(false);
        styler.setPlotGridLinesColor(GRID);
        styler.setPlotGridLinesStroke(new BasicStroke(1));
        styler.setPlotMargin(0);
        styler.setPlotContentSize(1);
        styler.setChartPadding(14);
        styler.setXAxisMin(0.0);
        styler.setXAxisMax(end);
        styler.setYAxisMin(-0.5 - EMPTY_ROWS);
        styler.setYAxisMax(bars.size() - 0.5);
        // Less than half a row, so that a tick is placed in the middle of each; the ticks in between have no label.
        styler.setYAxisTickMarkSpacingHint(ROW * 2 / 5);
        styler.setYAxisTickLabelsFormattingFunction(y -> label(bars, y));
        styler.setXAxisTickLabelsFormattingFunction(x -> Table.number(x).replaceFirst("\\.0+$", ""));
    }

    /** No two labels may be equal, not even blank ones, or the library removes ticks until they are distinct. */
    private static String label(List<Bar> bars, double y) {
        int row = (int) Math.round(y);
        boolean middle = Math.abs(y - row) < 0.01 && row >= 0 && row < bars.size();
        return middle ? bars.get(row).name() : " ".repeat(1 + (int) Math.round((y + 1 + EMPTY_ROWS) * 8));
    }
}
