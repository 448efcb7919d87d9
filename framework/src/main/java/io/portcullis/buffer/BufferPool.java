// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

/** Lends direct buffers. */
public final class BufferPool {
    private BufferPool() {}

    /**
     * Lends a buffer.
     *
     * @param size the least capacity
     * @return the lease
     */
    public Lease lease(int size) {
        throw new UnsupportedOperationException();
    }
}
