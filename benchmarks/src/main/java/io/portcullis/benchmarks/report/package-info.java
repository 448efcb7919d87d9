// SPDX-License-Identifier: Apache-2.0
/**
 * The measurements of the comparison, their statistics, and their output as table, ratio lines, JSON, CSV and charts.
 * Open {@link io.portcullis.benchmarks.report.Results} first; imports none of the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.report;

import org.jspecify.annotations.NullMarked;
