// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Reserve;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Bytes that a thread writes outside of the connection's turns, copied into leases on that thread. */
public final class CopiedBytes {
    private static final int CHUNK = 64 * 1024;

    private final int length;
    private final @Nullable Lease[] leases;

    /** So many are to be copied. */
    public CopiedBytes(int length) {
        this.length = length;
        this.leases = new @Nullable Lease[(int) (((long) length + CHUNK - 1) / CHUNK)];
    }

    public int length() {
        return length;
    }

    /**
     * Copies all of it or, if a buffer is not to be had, nothing.
     *
     * @param data consumed, unless this fails
     * @param waiting how much waits for the peer already
     */
    public void fill(ByteBuffer data, BufferPool buffers, long waiting) {
        int start = data.position();
        boolean filled = false;
        try {
            for (int i = 0; i < leases.length; i++) {
                int part = Math.min(CHUNK, data.remaining());
                Lease lease = Reserve.lease(buffers, part, waiting + data.position() - start, null);
                leases[i] = lease;
                lease.buffer().put(0, data, data.position(), part).limit(part);
                data.position(data.position() + part);
            }
            filled = true;
        } finally {
            if (!filled) {
                data.position(start);
                drop();
            }
        }
    }

    /** Gives all leases away, which takes them over one by one. */
    public void moveTo(Consumer<Lease> target) {
        for (Lease lease : leases) {
            if (lease != null) {
                target.accept(lease);
            }
        }
    }

    /** Gives all leases back. */
    public void drop() {
        moveTo(lease -> lease.releaseWiped(lease.buffer().limit()));
    }
}
