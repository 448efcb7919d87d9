// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Machine;
import java.util.concurrent.TimeUnit;

/**
 * The amount of data in one record. A peer cannot use a record before it has received all of it. While the congestion
 * window is small, at the start of a connection and after an idle period (RFC 5681, 4.1), a full record would delay its
 * first bytes by another round trip. Until the initial window (RFC 6928) is used, each record therefore fits into one
 * TCP segment. After that, records are full, because each has the same cost whatever its size.
 */
public final class RecordSizing {
    /** Fits into 1,500 bytes after the headers of IPv6 and TCP, with all TCP options, also in TLS 1.2. */
    public static final int SMALL = 1369;

    /** The largest plaintext of a record (RFC 8446, 5.1). */
    public static final int FULL = 16_384;

    private static final int RECORD_OVERHEAD = 64;
    private static final int SEGMENTS = 10;
    private static final long IDLE = TimeUnit.SECONDS.toNanos(1);

    private RecordSizing() {}

    /**
     * Called before bytes are encoded.
     *
     * @param spent the used part of the initial window
     * @param waiting the number of pending bytes; while they fit into one small record, the clock is not read
     * @param lastSent when the peer last took something
     * @param machine supplies the time
     * @return the new used part
     */
    static int begin(int spent, long waiting, long lastSent, Machine machine) {
        boolean idle = waiting > SMALL && spent > 0 && machine.now() - lastSent > IDLE;
        return idle ? 0 : spent;
    }

    /** Returns the maximum size of the next record. */
    static int limit(int spent) {
        return spent < SEGMENTS * SMALL ? SMALL : FULL;
    }

    /** Counts the bytes of a record; returns the new used part of the window. */
    static int encoded(int spent, int bytes) {
        return Math.min(spent + bytes, SEGMENTS * SMALL);
    }

    /**
     * Leases the buffer for the next socket write.
     *
     * @param spent the used part of the initial window
     * @param waiting the number of pending bytes
     * @param atLeast the room for one record
     * @param machine lends the buffer; the less memory it has left, the fewer records fit into one write
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
