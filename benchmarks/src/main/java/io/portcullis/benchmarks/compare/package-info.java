// SPDX-License-Identifier: Apache-2.0
/**
 * The comparison: starts servers and the load as processes, warms them up, measures them alternately and reports the
 * results. {@link io.portcullis.benchmarks.compare.CompareCommand} is its command line, {@code Comparison} its course;
 * depends on {@code servers}, {@code load}, {@code process}, {@code profile} and {@code report}.
 */
@NullMarked
package io.portcullis.benchmarks.compare;

import org.jspecify.annotations.NullMarked;
