// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Reserve;
import io.portcullis.internal.loop.Spares;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that wait to be sent, as a list of segments. Small writes are copied into the last segment one after the
 * other, so that they are sent in one record and one socket write. Methods that may need a lease have the pool as a
 * parameter. Confined to the strand.
 */
public final class WriteQueue {
    private static final int SMALLEST_SEGMENT = 2048;
    private static final int RECORD = 16 * 1024;
    private static final int LARGEST_SEGMENT = 4 * RECORD;
    static final int SEGMENTS_PER_WRITE = 64;
    private static final int WORTH_KEEPING = 2048;

    /** A range of bytes, copied into a lease or in a buffer of the application. */
    public static final class Segment {
        private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

        /** A private view: nobody else changes its position or limit. */
        private ByteBuffer data = NOTHING;

        /** The application's buffer behind the view, which must not be modified until it has been read. */
        private @Nullable ByteBuffer origin;

        private int begin;
        private int end;
        private @Nullable Lease lease;

        /** The last lease that was released, to be reused. */
        private @Nullable Lease over;

        private @Nullable Segment next;
        private boolean growing;

        private Segment begin(ByteBuffer bytes, @Nullable Lease home, @Nullable ByteBuffer source) {
            data = bytes;
            lease = home;
            growing = home != null;
            origin = source;
            begin = bytes.position();
            end = bytes.limit();
            return this;
        }

        /** Returns whether the application has not modified its buffer. */
        boolean intact() {
            ByteBuffer source = origin;
            return source == null || WriteQueue.intact(source, begin, end);
        }

        ByteBuffer data() {
            return data;
        }

        @Nullable
        Segment next() {
            return next;
        }

        /** Marks the buffer as being read: nothing may be appended. */
        void freeze() {
            growing = false;
        }

        private int append(ByteBuffer source, int from, int to) {
            int used = data.limit();
            int room = growing ? Math.max(0, wholeRecords(data.capacity()) - used) : 0;
            int length = Math.min(room, to - from);
            if (length > 0) {
                data.limit(used + length);
                data.put(used, source, from, length);
            }
            return length;
        }

        /** A large segment holds whole records only. */
        private static int wholeRecords(int capacity) {
            return capacity < RECORD ? capacity : capacity - capacity % RECORD;
        }

        private void release() {
            Lease home = lease;
            int filled = data.limit();
            data = NOTHING;
            origin = null;
            lease = null;
            next = null;
            if (home != null) {
                home.releaseWiped(filled);
                over = home;
            }
        }
    }

    private @Nullable Segment head;
    private @Nullable Segment tail;

    private long queued;

    /** The total capacity of the leases of all segments. Other threads may read it. */
    private int held;

    /** Returns the first segment, or null if nothing waits. */
    @Nullable
    Segment head() {
        return head;
    }

    /** Returns the number of bytes held from the pool; exact on the strand. */
    int held() {
        return held;
    }

    /**
     * Returns the buffers of the first segments, as many direct ones as one socket write accepts, and marks them as
     * being read.
     */
    ByteBuffer[] gather() {
        int count = 0;
        ByteBuffer[] sources = new ByteBuffer[SEGMENTS_PER_WRITE];
        for (Segment s = head; s != null && s.data.isDirect() && count < SEGMENTS_PER_WRITE; s = s.next) {
            s.freeze();
            sources[count++] = s.data;
        }
        return Arrays.copyOf(sources, count);
    }

    /** Returns the number of waiting bytes, including those of segments that are being read. */
    long queued() {
        return queued;
    }

    /** Copies the source to the end and consumes it. */
    void copy(ByteBuffer source, BufferPool pool) {
        append(source, pool);
        source.position(source.limit());
    }

    /** Copies the source to the end without changing its position. */
    private void append(ByteBuffer source, BufferPool pool) {
        int from = source.position();
        int to = source.limit();
        while (from < to) {
            int length = tail == null ? 0 : tail.append(source, from, to);
            if (length == 0) {
                Segment segment = segment();
                Lease lease = Reserve.lease(pool, nextSize(to - from), held, segment.over);
                add(segment, lease.buffer().limit(0), lease, null);
            } else {
                queued += length;
                from += length;
            }
        }
    }

    /** Adds the bytes of a lease, which belongs to the queue from now on. */
    void add(Lease lease, BufferPool pool) {
        ByteBuffer data = lease.buffer();
        boolean kept = false;
        try {
            if (data.remaining() < SMALLEST_SEGMENT) {
                copy(data, pool);
            } else {
                add(segment(), data, lease, null);
                queued += data.remaining();
                kept = true;
            }
        } finally {
            if (!kept) {
                lease.releaseWiped(data.limit());
            }
        }
    }

    /** Returns the size of the next segment: the segments of a run of small writes grow. */
    private int nextSize(int remaining) {
        int grown = tail == null ? SMALLEST_SEGMENT : 4 * tail.data.capacity();
        return Math.min(Math.max(grown, remaining), LARGEST_SEGMENT);
    }

    /**
     * Returns whether a buffer that the application has written from {@code begin} to {@code end} was not modified:
     * only then the bytes are those that were written. A position at the end is no modification.
     */
    static boolean intact(ByteBuffer origin, int begin, int end) {
        return origin.limit() == end && (origin.position() == begin || origin.position() == end);
    }

    /**
     * Adds the source itself, unless it is so small that a separate segment or record would cost more than a copy. Its
     * position is not changed.
     *
     * @param origin the application's buffer with the same memory, possibly the source itself
     */
    void addOwnedOrCopy(ByteBuffer source, ByteBuffer origin, BufferPool pool) {
        if (source.remaining() < WORTH_KEEPING) {
            append(source, pool);
        } else {
            addOwned(source, origin);
        }
    }

    /**
     * Adds the memory of the source, which must not be modified until it has been read. A view is read, so that nothing
     * depends on the position and limit of a buffer that others may change.
     */
    private void addOwned(ByteBuffer source, ByteBuffer origin) {
        add(segment(), source.duplicate(), null, origin);
        queued += source.remaining();
    }

    /** Adds a view of a buffer that is lent until {@link #reclaim}. */
    Segment addBorrowed(ByteBuffer view) {
        Segment segment = add(segment(), view, null, null);
        queued += view.remaining();
        return segment;
    }

    private Segment segment() {
        return Thread.currentThread() instanceof Spares thread && thread.takeSpare() instanceof Segment spare
                ? spare
                : new Segment();
    }

    private Segment add(Segment segment, ByteBuffer bytes, @Nullable Lease lease, @Nullable ByteBuffer origin) {
        segment.begin(bytes, lease, origin);
        held += lease == null ? 0 : bytes.capacity();
        if (tail == null) {
            head = segment;
        } else {
            tail.next = segment;
        }
        tail = segment;
        return segment;
    }

    /** Moves all segments of another queue to the end of this one. */
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
        held += other.held;
        other.held = 0;
        other.head = null;
        other.tail = null;
        other.queued = 0;
    }

    /**
     * Copies bytes of the first segments to a buffer, as many as it has room for; {@link #taken} must be called for
     * them afterwards.
     */
    void moveTo(ByteBuffer target) {
        for (Segment s = head; s != null && target.hasRemaining(); s = s.next) {
            s.freeze();
            int length = Math.min(s.data.remaining(), target.remaining());
            target.put(target.position(), s.data, s.data.position(), length);
            target.position(target.position() + length);
            s.data.position(s.data.position() + length);
        }
    }

    /** Returns whether the application has not modified what the next socket write, or record, would read. */
    boolean intact(int segments) {
        int count = 0;
        for (Segment s = head; s != null && count < segments; s = s.next) {
            if (!s.intact()) {
                return false;
            }
            count++;
        }
        return true;
    }

    /**
     * Records that bytes of the first segments were taken; segments that are then empty are released.
     *
     * @return whether the application had not modified their buffers until now
     */
    boolean taken(long bytes) {
        queued -= bytes;
        boolean intact = true;
        while (head != null && !head.data.hasRemaining()) {
            Segment empty = head;
            intact &= empty.intact();
            head = empty.next;
            release(empty);
            if (Thread.currentThread() instanceof Spares thread) {
                thread.keepSpare(empty);
            }
        }
        if (head == null) {
            tail = null;
        }
        return intact;
    }

    /** Copies the rest of a borrowed view, whose owner needs the memory back. */
    @SuppressWarnings("ReferenceEquality") // whether the segment still has this very view
    void reclaim(Segment borrowed, ByteBuffer view, BufferPool pool) {
        boolean waits = borrowed.data == view;
        if (!waits || !view.hasRemaining()) {
            return;
        }
        if (tail == borrowed) {
            removeLast(borrowed);
            copy(view, pool);
        } else {
            borrowed.data = ByteBuffer.allocate(view.remaining()).put(view).flip();
        }
    }

    private void release(Segment segment) {
        held -= segment.lease == null ? 0 : segment.data.capacity();
        segment.release();
    }

    private void removeLast(Segment last) {
        if (head == last) {
            head = null;
            tail = null;
        } else {
            Segment before = head;
            while (before != null && before.next != last) {
                before = before.next;
            }
            if (before != null) {
                before.next = null;
                tail = before;
            }
        }
        queued -= last.data.remaining();
    }

    /** Abandons the buffers of the segments that a socket write reads; when it ends is unknown. */
    void abandon() {
        int count = 0;
        for (Segment s = head; s != null && count < SEGMENTS_PER_WRITE; s = s.next) {
            Lease lease = s.lease;
            s.lease = null;
            if (lease != null) {
                held -= lease.capacity();
                lease.abandon();
            }
            count++;
        }
    }

    /** Releases everything unsent. */
    void clear() {
        Segment segment = head;
        while (segment != null) {
            Segment next = segment.next;
            release(segment);
            segment = next;
        }
        head = null;
        tail = null;
        queued = 0;
    }
}
