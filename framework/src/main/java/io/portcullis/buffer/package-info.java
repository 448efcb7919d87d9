// SPDX-License-Identifier: Apache-2.0
/**
 * Pooled direct buffers: a {@link io.portcullis.buffer.BufferPool} lends them as a {@link io.portcullis.buffer.Lease},
 * which is given back exactly once. Threads that lease all the time own a {@link io.portcullis.buffer.BufferCache}; a
 * {@link io.portcullis.buffer.LeakDetector} finds leases that are never given back. Open
 * {@link io.portcullis.buffer.BufferPool} first. This room imports nothing but the JDK.
 */
@NullMarked
package io.portcullis.buffer;

import org.jspecify.annotations.NullMarked;
