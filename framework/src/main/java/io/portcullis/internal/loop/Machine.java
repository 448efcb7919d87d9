// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;

/** What a connection needs of the dispatcher; a test gives it a virtual clock and a thread of its own. */
public interface Machine extends Strand.Host, Timers, Tasks {

    /** Lends the buffers. */
    BufferPool buffers();

    /** Sees to it that there are enough of them. */
    MemoryWatch memory();
}
