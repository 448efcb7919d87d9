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
 * What happens as the {@linkplain BufferPool#budget() budget} of the buffers is used up, before a lease fails:
 *
 * <pre>
 *   less than a half is left      a socket write holds 4 records at most, instead of 32
 *   less than a quarter           one record; and connections are ended that hold most for peers that have taken nothing
 *                                 for half a second, until more than a quarter is left
 *   less than an eighth           accepts wait; and copies are kept for connections that hold little ({@link Reserve})
 *   less than a sixteenth         the same, for however short a time they have taken nothing
 * </pre>
 *
 * The thread that notices that memory is short looks; one thread at a time, and ten times a second at most. Nobody
 * waits.
 */
public final class MemoryWatch {
    /** How long a peer must have taken nothing, unless that does not suffice. */
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);

    private static final long INTERVAL = TimeUnit.MILLISECONDS.toNanos(100);

    /** A connection that holds less is let alone: to end it would not help. */
    private static final int WORTH_ENDING = 16 * 1024;

    private static final int MANY_RECORDS = 32;
    private static final int FEW_RECORDS = 4;

    /** What holds buffers for somebody who may not take what is in them. From any thread. */
    public interface Holder {
        /** How many bytes of the pool it holds for a peer that has taken nothing since then, more or less. */
        long heldInVain(long since);

        /** Has it end, if that still holds when it has a turn. */
        void endIfGreedy(long since);
    }

    /** Those that there are at the moment. */
    public interface Holders {
        /** Looks at each of them. */
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

    /** Those of a server or client count from now on. */
    public void add(Holders connections) {
        all.add(connections);
    }

    /** And no longer. */
    public void remove(Holders connections) {
        all.remove(connections);
    }

    /** How many records of TLS one socket write may hold. */
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
     * Whether connections that do not exist yet had better wait; if so, also sees to it that they need not for long.
     */
    public boolean isShort() {
        lookIfShort();
        return Reserve.isAllThatIsLeft(buffers, 0);
    }

    /** Ends who holds too much for too long, if little is left. */
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

    /** Ends those that hold most, among those whose peers have taken nothing since then; returns how much they hold. */
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
