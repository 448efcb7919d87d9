// SPDX-License-Identifier: Apache-2.0
/**
 * Where the processor time of a JVM goes: samples of its stacks, taken by async-profiler
 * ({@link io.portcullis.benchmarks.profile.AsyncProfiler}), and what each of them was doing
 * ({@link io.portcullis.benchmarks.profile.CpuUse}); imports nothing of the other packages.
 */
@NullMarked
package io.portcullis.benchmarks.profile;

import org.jspecify.annotations.NullMarked;
