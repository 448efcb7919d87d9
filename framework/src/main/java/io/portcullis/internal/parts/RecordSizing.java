// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Machine;
import java.util.concurrent.TimeUnit;

/**
 * How much goes into one record. A peer can use a record only when it has all of it; so while the network's congestion
 * window is small, at the start of a connection and after it was idle (RFC 5681, 4.1), a full record would keep the
 * first bytes waiting for a round trip more. Until the initial window (RFC 6928) is spent, a record therefore fits into
 * one TCP segment; after that records are full, because each costs the same whatever its size.
 */
public final class RecordSizing {
    /** Fits into 1,500 bytes behind the headers of IPv6 and TCP, with all TCP options, and in TLS 1.2. */
    public static final int SMALL = 1369;

    /** The largest plaintext of a record (RFC 8446, 5.1). */
    public static final int FULL = 16_384;

    private static final int RECORD_OVERHEAD = 64;
    private static final int SEGMENTS = 10;
    private static final long IDLE = TimeUnit.SECONDS.toNanos(1);

    private RecordSizing() {}

    /**
     * Something is about to be encoded.
     *
     * @param spent how much of the initial window is
     * @param waiting how many bytes wait; while they fit into one small record the clock is not looked at
     * @param lastSent when the peer took something last
     * @param machine the clock
     * @return how much of it is spent by now
     */
    static int begin(int spent, long waiting, long lastSent, Machine machine) {
        boolean idle = waiting > SMALL && spent > 0 && machine.now() - lastSent > IDLE;
        return idle ? 0 : spent;
    }

    /** The most that the next record may hold. */
    static int limit(int spent) {
        return spent < SEGMENTS * SMALL ? SMALL : FULL;
    }

    /** So many bytes went into a record; returns how much of the window is spent by now. */
    static int encoded(int spent, int bytes) {
        return Math.min(spent + bytes, SEGMENTS * SMALL);
    }

    /**
     * Lends the buffer for the next socket write.
     *
     * @param spent how much of the initial window is
     * @param waiting how many bytes wait
     * @param atLeast for one record
     * @param machine lends it; the less it has, the fewer records go into one write
     */
    static Lease room(int spent, long waiting, int atLeast, Machine machine) {
        BufferPool buffers = machine.buffers();
        long records = (waiting + FULL - 1) / FULL;
        if (records > 1) {
            records = Math.min(records, machine.memory().recordsPerWrite());
        }
        int smallRecords = SEGMENTS - spent / SMALL;
        long size =
                Math.max(records - 1, 0) * (FULL + RECORD_OVERHEAD) + (long) smallRecords * RECORD_OVERHEAD + atLeast;
        try {
            return buffers.lease((int) Math.min(size, buffers.largest()));
        } catch (BufferShortageException tooLarge) {
            return buffers.lease(atLeast);
        }
    }
}
