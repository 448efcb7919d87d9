// SPDX-License-Identifier: Apache-2.0
/**
 * The handshakes per second that a server performs in its first minute, and the effect of a warm-up and a CDS archive
 * or AOT cache. Start reading at {@link io.portcullis.benchmarks.firstminute.FirstMinuteCommand}.
 */
@NullMarked
package io.portcullis.benchmarks.firstminute;

import org.jspecify.annotations.NullMarked;
