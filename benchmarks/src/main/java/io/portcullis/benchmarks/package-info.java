// SPDX-License-Identifier: Apache-2.0
/**
 * Measures Portcullis: its parts ({@code micro}), its first minute ({@code firstminute}), and in comparison with other
 * servers ({@code compare}). Open {@link io.portcullis.benchmarks.Main} first.
 */
@NullMarked
package io.portcullis.benchmarks;

import org.jspecify.annotations.NullMarked;
