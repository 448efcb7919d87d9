// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that wait to be sent, as a list of segments. Small writes are copied into the last segment, one behind the
 * other, so that they leave as one record and in one socket write. Touched by the strand alone.
 */
final class WriteQueue {
    private static final int SMALLEST_SEGMENT = 2048;
    private static final int RECORD = 16 * 1024;
    private static final int LARGEST_SEGMENT = 4 * RECORD;
    private static final int SEGMENTS_PER_WRITE = 64;
    private static final int WORTH_KEEPING = 2048;

    /** A stretch of bytes: copied into a lease, or in a buffer of the application's. */
    static final class Segment {
        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        private ByteBuffer data = NOTHING;
        private @Nullable Lease lease;
        private @Nullable Segment next;
        private boolean growing;

        private Segment begin(ByteBuffer bytes, @Nullable Lease home) {
            data = bytes;
            lease = home;
            growing = home != null;
            return this;
        }

        ByteBuffer data() {
            return data;
        }

        @Nullable
        Segment next() {
            return next;
        }

        /** From now on the buffer is being read: nothing may be appended. */
        void freeze() {
            growing = false;
        }

        private int append(ByteBuffer source) {
            int end = data.limit();
            int room = growing ? Math.max(0, wholeRecords(data.capacity()) - end) : 0;
            int length = Math.min(room, source.remaining());
            if (length > 0) {
                data.limit(end + length);
                data.put(end, source, source.position(), length);
                source.position(source.position() + length);
            }
            return length;
        }

        /** A large segment is filled with whole records only. */
        private static int wholeRecords(int capacity) {
            return capacity < RECORD ? capacity : capacity - capacity % RECORD;
        }

        private void release() {
            Lease home = lease;
            if (home != null) {
                home.releaseWiped(data.limit());
            }
            data = NOTHING;
            lease = null;
            next = null;
        }
    }

    private final BufferPool pool;
    private @Nullable Segment head;
    private @Nullable Segment tail;

    /** The segment that became empty last, for the next one: so a queue that holds one at a time allocates none. */
    private @Nullable Segment spare;

    private long queued;

    WriteQueue(BufferPool pool) {
        this.pool = pool;
    }

    /** The first segment, or null if nothing waits. */
    @Nullable
    Segment head() {
        return head;
    }

    /** The buffers of the first segments, as many as one socket write takes; from now on they are being read. */
    ByteBuffer[] gather() {
        int count = 0;
        ByteBuffer[] sources = new ByteBuffer[SEGMENTS_PER_WRITE];
        for (Segment s = head; s != null && count < SEGMENTS_PER_WRITE; s = s.next) {
            s.freeze();
            sources[count++] = s.data;
        }
        return Arrays.copyOf(sources, count);
    }

    /** How many bytes wait, those of segments that are being read included. */
    long queued() {
        return queued;
    }

    /** Copies the source to the end. */
    void copy(ByteBuffer source) {
        while (source.hasRemaining()) {
            int length = tail == null ? 0 : tail.append(source);
            if (length == 0) {
                Lease lease = pool.lease(nextSize(source.remaining()));
                add(lease.buffer().limit(0), lease);
            } else {
                queued += length;
            }
        }
    }

    /** Adds the bytes of a lease, which belongs to the queue from now on. */
    void add(Lease lease) {
        ByteBuffer data = lease.buffer();
        if (data.remaining() < SMALLEST_SEGMENT) {
            copy(data);
            lease.releaseWiped(data.limit());
        } else {
            queued += data.remaining();
            add(data, lease);
        }
    }

    /** Segments of one run of small writes grow. */
    private int nextSize(int remaining) {
        int grown = tail == null ? SMALLEST_SEGMENT : 4 * tail.data.capacity();
        return Math.min(Math.max(grown, remaining), LARGEST_SEGMENT);
    }

    /** Adds the source itself, unless it is so small that a segment or a record of its own would cost more than a copy. */
    void addOwnedOrCopy(ByteBuffer source) {
        if (source.remaining() < WORTH_KEEPING) {
            copy(source);
        } else {
            addOwned(source);
        }
    }

    /** Adds the source itself; it is read until it is empty. */
    void addOwned(ByteBuffer source) {
        queued += source.remaining();
        add(source, null);
    }

    private void add(ByteBuffer bytes, @Nullable Lease lease) {
        Segment segment = (spare == null ? new Segment() : spare).begin(bytes, lease);
        spare = null;
        if (tail == null) {
            head = segment;
        } else {
            tail.next = segment;
        }
        tail = segment;
    }

    /** Takes over everything that waits in another queue, behind what waits here. */
    void addAll(WriteQueue other) {
        if (other.head == null) {
            return;
        }
        if (tail == null) {
            head = other.head;
        } else {
            tail.next = other.head;
        }
        tail = other.tail;
        queued += other.queued;
        other.head = null;
        other.tail = null;
        other.queued = 0;
    }

    /** Tells that bytes of the first segments were taken; segments that are empty thereby are given back. */
    void taken(long bytes) {
        queued -= bytes;
        while (head != null && !head.data.hasRemaining()) {
            Segment empty = head;
            head = empty.next;
            empty.release();
            spare = empty;
        }
        if (head == null) {
            tail = null;
        }
    }

    /** Takes the last segment out again, whose buffer the application wants back. */
    void detachLast(Segment segment) {
        if (head == segment) {
            head = null;
            tail = null;
        } else {
            Segment before = head;
            while (before != null && before.next != segment) {
                before = before.next;
            }
            if (before != null) {
                before.next = null;
                tail = before;
            }
        }
        queued -= segment.data.remaining();
    }

    /** Gives everything back unsent. */
    void clear() {
        Segment segment = head;
        while (segment != null) {
            Segment next = segment.next;
            segment.release();
            segment = next;
        }
        head = null;
        tail = null;
        queued = 0;
    }

    /** The last segment, or null if nothing waits. */
    @Nullable
    Segment last() {
        return tail;
    }
}
