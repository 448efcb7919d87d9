// SPDX-License-Identifier: Apache-2.0
/**
 * Pooled direct buffers. A {@link io.portcullis.buffer.BufferPool} lends them as a {@link io.portcullis.buffer.Lease},
 * which is released exactly once. Threads that lease frequently own a {@link io.portcullis.buffer.BufferCache}; a
 * {@link io.portcullis.buffer.LeakDetector} finds leases that are never released. Start reading at
 * {@link io.portcullis.buffer.BufferPool}. This package depends on nothing but the JDK.
 */
@NullMarked
package io.portcullis.buffer;

import org.jspecify.annotations.NullMarked;
