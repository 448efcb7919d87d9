// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.io.IOException;
import java.nio.file.Path;

/** A chart for each workload, as SVG and PNG. */
public final class Charts {
    private Charts() {}

    /**
     * Draws them.
     *
     * @param results of a run
     * @param directory where they go
     * @throws IOException if they cannot be written
     */
    public static void write(Results results, Path directory) throws IOException {}
}
