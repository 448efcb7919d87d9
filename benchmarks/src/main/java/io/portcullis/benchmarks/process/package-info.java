// SPDX-License-Identifier: Apache-2.0
/**
 * Processes that end with this one ({@link io.portcullis.benchmarks.process.Child}), and where they run
 * ({@link io.portcullis.benchmarks.process.Pinning}); imports nothing of the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.process;

import org.jspecify.annotations.NullMarked;
