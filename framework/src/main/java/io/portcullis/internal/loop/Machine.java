// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;

/** The parts of a dispatcher that a connection needs; tests provide a virtual clock and their own thread. */
public interface Machine extends Strand.Host, Timers, Tasks {

    /** Returns the buffer pool. */
    BufferPool buffers();

    /** Returns the watch that keeps buffers available. */
    MemoryWatch memory();
}
