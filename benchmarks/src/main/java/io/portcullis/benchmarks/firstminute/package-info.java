// SPDX-License-Identifier: Apache-2.0
/**
 * The handshakes per second that a server performs in its first minute, and the effect of a warm-up and a CDS archive
 * or AOT cache. Open {@link io.portcullis.benchmarks.firstminute.FirstMinuteCommand} first.
 */
@NullMarked
package io.portcullis.benchmarks.firstminute;

import org.jspecify.annotations.NullMarked;
