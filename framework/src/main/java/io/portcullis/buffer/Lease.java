// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;

/** A pooled buffer on loan. */
public final class Lease {
    Lease() {}

    /**
     * The buffer.
     *
     * @return the buffer
     */
    public ByteBuffer buffer() {
        throw new UnsupportedOperationException();
    }

    /** Gives the buffer back. */
    public void release() {
        throw new UnsupportedOperationException();
    }

    /** Gives the buffer back after its first bytes have been overwritten with zeros.
     * @param length how many bytes */
    public void releaseWiped(int length) {
        throw new UnsupportedOperationException();
    }
}
