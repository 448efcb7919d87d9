// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.awt.Dimension;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.apache.batik.svggen.SVGGraphics2D;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.internal.chartpart.Chart;
import org.w3c.dom.Document;

/** Writes a chart in two formats: SVG for pages, PNG for everything else. */
public final class ChartFile {
    private static final int DOTS_PER_INCH = 144;

    private ChartFile() {}

    /**
     * Writes {@code NAME.svg} and {@code NAME.png}.
     *
     * @param chart the chart
     * @param file the path of both files without extension
     * @throws IOException if a file cannot be written
     */
    public static void write(Chart<?, ?> chart, Path file) throws IOException {
        SVGGraphics2D canvas = new SVGGraphics2D(emptyDocument());
        canvas.setSVGCanvasSize(new Dimension(chart.getWidth(), chart.getHeight()));
        chart.paint(canvas, chart.getWidth(), chart.getHeight());
        try (Writer out = Files.newBufferedWriter(Path.of(file + ".svg"))) {
            canvas.stream(out, true);
        }
        BitmapEncoder.saveBitmapWithDPI(chart, file.toString(), BitmapFormat.PNG, DOTS_PER_INCH);
    }

    private static Document emptyDocument() {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .getDOMImplementation()
                    .createDocument("http://www.w3.org/2000/svg", "svg", null);
        } catch (ParserConfigurationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
