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

    private final long length;
    private final @Nullable Lease[] leases;

    /** The number of bytes to copy. */
    public CopiedBytes(long length) {
        this.length = length;
        this.leases = new @Nullable Lease[Math.toIntExact((length + CHUNK - 1) / CHUNK)];
    }

    /**
     * Copies all of the bytes, or nothing if a buffer is not available.
     *
     * @param data consumed, unless this fails
     * @param waiting how many bytes already wait for the peer
     */
    public void fill(BufferPool buffers, long waiting, ByteBuffer... data) {
        boolean filled = false;
        try {
            int from = 0;
            int at = data.length == 0 ? 0 : data[0].position();
            for (int i = 0; i < leases.length; i++) {
                long done = (long) i * CHUNK;
                int part = (int) Math.min(CHUNK, length - done);
                Lease lease = Reserve.lease(buffers, part, waiting + done, null);
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

    /** Transfers all leases to the consumer, one by one. */
    public void moveTo(Consumer<Lease> target) {
        for (Lease lease : leases) {
            if (lease != null) {
                target.accept(lease);
            }
        }
    }

    /** Releases all leases. */
    public void drop() {
        moveTo(lease -> lease.releaseWiped(lease.buffer().limit()));
    }
}
