// SPDX-License-Identifier: Apache-2.0
/**
 * The measurements of the comparison, their statistics, and their output as table, ratio lines, JSON, CSV and charts.
 * Start reading at {@link io.portcullis.benchmarks.report.Results}; does not depend on the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.report;

import org.jspecify.annotations.NullMarked;
