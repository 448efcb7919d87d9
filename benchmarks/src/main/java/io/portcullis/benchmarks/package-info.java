// SPDX-License-Identifier: Apache-2.0
/**
 * Measures Portcullis: its parts ({@code micro}), its first minute ({@code firstminute}), and in comparison with other
 * servers ({@code compare}). Start reading at {@link io.portcullis.benchmarks.Main}.
 */
@NullMarked
package io.portcullis.benchmarks;

import org.jspecify.annotations.NullMarked;
