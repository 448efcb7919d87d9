// SPDX-License-Identifier: Apache-2.0
/**
 * What the comparison has measured, the statistics of it, and the ways in which it is told: table, ratio lines, JSON,
 * CSV and charts. Open {@link io.portcullis.benchmarks.report.Results} first; imports nothing of the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.report;

import org.jspecify.annotations.NullMarked;
