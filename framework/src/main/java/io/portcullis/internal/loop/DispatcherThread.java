// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.NonBlocking;
import io.portcullis.buffer.BufferCache;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the channel group. It has an owner, its own small cache of buffers, and a queue of the strands that
 * became ready during a turn. Those run one after the other after the turn, never within it, so a chain of connections
 * that write to each other does not grow the stack. If the turn does not end because a callback blocks, the queue is
 * handed over to the other threads, so that only the connection whose callback blocks has to wait.
 */
public final class DispatcherThread extends Thread
        implements BufferCache.Owner, Spares, Strand.TurnCounter, Lending.Borrower, ThreadWatch.Runner, NonBlocking {
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(10);

    /** The owner of a thread. */
    interface Owner {
        /** Called when something has thrown that must not. */
        void defect(Throwable failure);

        /** Runs code once, after a delay, on another thread. */
        Future<?> schedule(Runnable code, long delayNanos);

        /** Hands a turn that waits on this thread over to another one. */
        void runOnAnother(Dispatched turn);

        /** Called before the thread is started: from here on, shutdown has to wait for it. */
        void threadIsStarted();

        /** Called on this thread, before anything else. */
        void threadBegins(DispatcherThread thread);

        /** Called on this thread at the end of its work, with the cause of its death, or null. */
        void threadEnds(DispatcherThread thread, Crew its, @Nullable Throwable why);

        /** Called on this thread, last of all; or on the thread that failed to start it. */
        void threadIsGone();
    }

    private final Owner owner;
    private final Crew crew;
    private final BufferCache cache;
    private final Queue<Dispatched> ready = new ConcurrentLinkedQueue<>();

    /**
     * The running turn. Written by this thread only, like {@link #turn}; observers see the value with a short delay.
     */
    private @Nullable Runnable running;

    private long turn;

    /** How many of these were not turns of strands. */
    private long others;

    private volatile boolean watched;

    /** The buffer lent to the callback that is running; accessed by this thread only. */
    private @Nullable ByteBuffer lent;

    /** An object kept for reuse; accessed by this thread only. */
    private @Nullable Object spare;

    DispatcherThread(Owner owner, Crew crew, Runnable body, String name, BufferCache cache) {
        super(null, body, name, 0, false);
        this.owner = owner;
        this.crew = crew;
        this.cache = cache;
    }

    @SuppressWarnings("ReferenceEquality") // groups are compared by identity
    boolean belongsTo(Owner other) {
        return owner == other;
    }

    @Override
    public BufferCache bufferCache() {
        return cache;
    }

    @Override
    public @Nullable Object takeSpare() {
        Object kept = spare;
        spare = null;
        return kept;
    }

    @Override
    public void keepSpare(Object unused) {
        spare = unused;
    }

    /** Called on this thread: runs a turn now, or after the one that is already running. */
    void runTurn(Dispatched strand) {
        if (running != null) {
            ready.add(strand);
            watch();
            return;
        }
        for (Dispatched next = strand; next != null; next = ready.poll()) {
            running = next;
            if (!(next instanceof Strand)) {
                othersBegin();
            }
            try {
                next.run();
            } catch (Throwable defect) {
                owner.defect(defect);
            }
        }
        running = null;
    }

    /** Hands over the queue after a while. If even that cannot be scheduled, the queue waits for the running turn. */
    private void watch() {
        if (watched) {
            return;
        }
        watched = true;
        try {
            var unused = owner.schedule(this::handOverReady, PATIENCE);
        } catch (Throwable noMemory) {
            watched = false;
        }
    }

    /** Counts a turn, for {@link ThreadWatch}. */
    @Override
    public void turnBegins() {
        turn++;
    }

    /**
     * Counts a task that is not a turn of a strand, such as an accept: {@link ThreadWatch} must not take it for the
     * previous turn.
     */
    private void othersBegin() {
        others++;
        turn++;
    }

    @Override
    public long turnsOfStrands() {
        return turn - others;
    }

    @Override
    public @Nullable ByteBuffer lend(@Nullable ByteBuffer buffer) {
        ByteBuffer before = lent;
        lent = buffer;
        return before;
    }

    @Override
    public @Nullable ByteBuffer lent() {
        return lent;
    }

    @Override
    public @Nullable Runnable running() {
        return running;
    }

    @Override
    public long turn() {
        return turn;
    }

    @Override
    public int ready() {
        return ready.size();
    }

    /** Called on the timer's thread: the turns that are still queued may be waiting for a callback that blocks. */
    private void handOverReady() {
        watched = false;
        for (Dispatched next = ready.poll(); next != null; next = ready.poll()) {
            owner.runOnAnother(next);
        }
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // the JDK's method does its own locking
    public void start() {
        owner.threadIsStarted();
        try {
            super.start();
        } catch (Throwable noMemory) {
            owner.threadIsGone();
            throw noMemory;
        }
    }

    @Override
    public void run() {
        try {
            if (crew.starts()) {
                work();
            } else {
                cache.close();
            }
        } finally {
            owner.threadIsGone();
        }
    }

    private void work() {
        Throwable why = null;
        owner.threadBegins(this);
        try {
            super.run();
        } catch (Throwable failure) {
            why = failure;
            throw failure;
        } finally {
            try {
                cache.close();
            } finally {
                owner.threadEnds(this, crew, why);
            }
        }
    }
}
