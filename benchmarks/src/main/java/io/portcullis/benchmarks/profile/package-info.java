// SPDX-License-Identifier: Apache-2.0
/**
 * Profiles of the CPU time of a JVM: samples of its stacks, taken by async-profiler
 * ({@link io.portcullis.benchmarks.profile.AsyncProfiler}), and their classification
 * ({@link io.portcullis.benchmarks.profile.CpuUse}); does not depend on the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
