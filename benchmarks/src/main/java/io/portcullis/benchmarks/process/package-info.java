// SPDX-License-Identifier: Apache-2.0
/**
 * Child processes that end with this one ({@link io.portcullis.benchmarks.process.Child}), and their pinning
 * ({@link io.portcullis.benchmarks.process.Pinning}); does not depend on the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.process;

import org.jspecify.annotations.NullMarked;
