// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Responds to the exhaustion of the {@linkplain BufferPool#budget() buffer budget}, before a lease fails:
 *
 * <pre>
 *   less than 1/2 is left    a socket write holds at most 4 records instead of 32
 *   less than 1/4            one record; and the connections that hold most for peers that have received nothing
 *                            for half a second are ended, until more than 1/4 is left
 *   less than 1/8            accepts wait; and only connections that hold little may copy more ({@link Reserve})
 *   less than 1/16           as for 1/4, however short the time for which the peer has received nothing
 * </pre>
 *
 * The check is made by the thread that notices that memory is short: one thread at a time, and at most ten times a
 * second. No thread waits.
 */
public final class MemoryWatch {
    /** How long a peer must have received nothing, unless that does not free enough. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

    /** A connection that holds less is spared, because ending it would not help. */
    private static final int WORTH_ENDING = 16 * 1024;

    private static final int MANY_RECORDS = 32;
    private static final int FEW_RECORDS = 4;

    /** A holder of buffers with data for a peer that may not receive it. Thread-safe. */
    public interface Holder {
        /**
         * Returns how many bytes of the pool it holds, approximately, for a peer that has received nothing since the
         * given time.
         */
        long heldInVain(long since);

        /** Ends it, if that is still the case in its next turn. */
        void endIfGreedy(long since);
    }

    /** The holders that currently exist. */
    public interface Holders {
        /** Calls the consumer with each holder. */
        void forEachHolder(Consumer<Holder> look);
    }

    private record Held(Holder holder, long bytes) {}

    private final LongSupplier now;
    private final BufferPool buffers;
    private final List<Holders> all = new CopyOnWriteArrayList<>();
    private final AtomicBoolean looking = new AtomicBoolean();
    private volatile long lastLook;

    public MemoryWatch(LongSupplier now, BufferPool buffers) {
        this.now = now;
        this.buffers = buffers;
        this.lastLook = now.getAsLong() - INTERVAL;
    }

    /** Starts considering the connections of a server or client. */
    public void add(Holders connections) {
        all.add(connections);
    }

    /** Stops considering them. */
    public void remove(Holders connections) {
        all.remove(connections);
    }

    /** Returns how many TLS records one socket write may hold. */
    public int recordsPerWrite() {
        long budget = buffers.budget();
        long available = buffers.available();
        if (available > budget / 2) {
            return MANY_RECORDS;
        }
        if (available > budget / 4) {
            return FEW_RECORDS;
        }
        lookIfShort();
        return 1;
    }

    /**
     * Returns whether new connections should wait. If so, also tries to free memory so that they need not wait for
     * long.
     */
    public boolean isShort() {
        lookIfShort();
        return Reserve.isAllThatIsLeft(buffers, 0);
    }

    /** If little memory is left, ends the connections that hold too much for too long. */
    public void lookIfShort() {
        long budget = buffers.budget();
        long available = buffers.available();
        long time = now.getAsLong();
        if (available < budget / 4 && time - lastLook >= INTERVAL && looking.compareAndSet(false, true)) {
            lastLook = time;
            try {
                free(budget / 4 + budget / 16 - available, time);
            } finally {
                looking.set(false);
            }
        }
    }

    private void free(long bytes, long now) {
        long left = bytes - endGreediest(bytes, now - PATIENCE);
        if (left > 0 && buffers.available() < buffers.budget() / 16) {
            endGreediest(left, now);
        }
    }

    /**
     * Ends the connections that hold most for peers that have received nothing since the given time; returns how much
     * they hold.
     */
    private long endGreediest(long bytes, long since) {
        List<Held> greedy = new ArrayList<>();
        for (Holders connections : all) {
            connections.forEachHolder(holder -> {
                long held = holder.heldInVain(since);
                if (held >= WORTH_ENDING) {
                    greedy.add(new Held(holder, held));
                }
            });
        }
        greedy.sort(Comparator.comparingLong(Held::bytes).reversed());
        long freed = 0;
        for (int i = 0; i < greedy.size() && freed < bytes; i++) {
            Held each = greedy.get(i);
            freed += each.bytes;
            each.holder.endIfGreedy(since);
        }
        return freed;
    }
}
