// SPDX-License-Identifier: Apache-2.0
/**
 * How many handshakes a server makes in each second of its first minute, and what a warm-up and a cache of the JVM
 * change. Open {@link io.portcullis.benchmarks.firstminute.FirstMinuteCommand} first.
 */
@NullMarked
package io.portcullis.benchmarks.firstminute;

import org.jspecify.annotations.NullMarked;
