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
    public void fill(BufferPool buffers, long waiting, ByteBuffer... data) {
        boolean filled = false;
        try {
            int from = 0;
            int at = data.length == 0 ? 0 : data[0].position();
            for (int i = 0; i < leases.length; i++) {
                int part = Math.min(CHUNK, length - i * CHUNK);
                Lease lease = Reserve.lease(buffers, part, waiting + (long) i * CHUNK, null);
                leases[i] = lease;
                ByteBuffer target = lease.buffer().clear().limit(part);
                while (target.hasRemaining()) {
                    ByteBuffer source = data[from];
                    int some = Math.min(target.remaining(), source.limit() - at);
                    target.put(target.position(), source, at, some).position(target.position() + some);
                    at += some;
                    if (at == source.limit() && ++from < data.length) {
                        at = data[from].position();
                    }
                }
                target.flip();
            }
            filled = true;
        } finally {
            if (!filled) {
                drop();
            }
        }
        for (ByteBuffer each : data) {
            each.position(each.limit());
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
