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
 * A thread of the channel group. It knows its owner, its own small cache of buffers, and the strands that became ready
 * while it was within a turn: those run one after the other behind it, never within it, so a chain of connections that
 * write to each other needs no stack. If the turn does not end, because a callback blocks, they are handed over to the
 * other threads: only the connection whose callback it is has to wait.
 */
public final class DispatcherThread extends Thread
        implements BufferCache.Owner, Spares, Strand.TurnCounter, Lending.Borrower, ThreadWatch.Runner, NonBlocking {
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(10);

    /** Whose thread it is. */
    interface Owner {
        /** Something has thrown that must not. */
        void defect(Throwable failure);

        /** Runs code once, later, on a thread that is not this one. */
        Future<?> schedule(Runnable code, long delayNanos);

        /** Hands over to another thread what waits here. */
        void runOnAnother(Dispatched turn);

        /** Before it is started: from here on it is one whose end has to be waited for. */
        void threadIsStarted();

        /** On this thread, before anything else. */
        void threadBegins(DispatcherThread thread);

        /** On this thread, at the end of its work; what it dies of, or null. */
        void threadEnds(DispatcherThread thread, Crew its, @Nullable Throwable why);

        /** On this thread, after all else; or on the one that could not start it. */
        void threadIsGone();
    }

    private final Owner owner;
    private final Crew crew;
    private final BufferCache cache;
    private final Queue<Dispatched> ready = new ConcurrentLinkedQueue<>();

    /** What runs. Written by this thread alone, like {@link #turn}; whoever watches sees it a moment later. */
    private @Nullable Runnable running;

    private long turn;

    /** Of these no turns of strands. */
    private long others;

    private volatile boolean watched;

    /** What is lent to the callback that runs; touched by this thread alone. */
    private @Nullable ByteBuffer lent;

    /** What is kept for whoever needs its like next; touched by this thread alone. */
    private @Nullable Object spare;

    DispatcherThread(Owner owner, Crew crew, Runnable body, String name, BufferCache cache) {
        super(null, body, name, 0, false);
        this.owner = owner;
        this.crew = crew;
        this.cache = cache;
    }

    @SuppressWarnings("ReferenceEquality") // whether it is the very group
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

    /** Called on this thread: runs a strand now, or behind the turn that runs already. */
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

    /** What is ready is handed over after a while; if even that cannot be planned, it waits for the turn that runs. */
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

    /** For {@link ThreadWatch}. */
    @Override
    public void turnBegins() {
        turn++;
    }

    /** Something runs that is nobody's turn, as an accept is: {@link ThreadWatch} must tell it from what ran before. */
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

    /** On the timer's thread: what still waits may wait for a callback that blocks. */
    private void handOverReady() {
        watched = false;
        for (Dispatched next = ready.poll(); next != null; next = ready.poll()) {
            owner.runOnAnother(next);
        }
    }

    @Override
    @SuppressWarnings("UnsynchronizedOverridesSynchronized") // that of the JDK locks for itself
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
