// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.log.FailureLog;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The threads on which all turns run: one {@link Crew} at a time. A crew that has lost a thread, or that was running
 * when memory ran out, is replaced as a whole, and ends with its last connection. A turn that cannot be handed to a
 * thread for lack of memory waits until there is some.
 */
public final class Crews implements DispatcherThread.Owner, Doorbell.Responder, Strand.Host {
    /** A component that a lack of memory may have broken, and that can repair itself. Called on the timer's thread. */
    public interface Recovering {
        /** Repairs what is broken, as far as memory permits. Called repeatedly. */
        void recover();

        /** Called when the threads of its channel are gone. */
        void markStale();
    }

    private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final int MEMORY_OF_A_CREW = 1 << 20;

    private final String name;
    private final int size;

    /** Whether the thread that creates this object is a daemon. The threads of all crews inherit this. */
    private final boolean daemon = Thread.currentThread().isDaemon();

    private final BufferPool buffers;
    private final TimerThread timer;
    private final ThreadWatch watch;
    private final Faults faults;

    /** The crew that is currently at work. */
    private volatile Crew crew;

    /** A crew that has been replaced but not retired yet; accessed by the timer's thread only. */
    private @Nullable Crew leaving;

    /** All crews that were ever replaced, until their threads have ended; accessed by the timer's thread only. */
    private final List<Crew> former = new ArrayList<>();

    /** When to try the next replacement, and how long to pause after it; accessed by the timer's thread only. */
    private long replaceFrom = System.nanoTime();

    private long replacePause = TimerThread.RECOVERY;

    /** The turns that could not be handed to a thread for lack of memory. */
    private final Backlog stuck = new Backlog();

    private final Set<Recovering> recovering = ConcurrentHashMap.newKeySet();
    private final AtomicInteger threadsStarted = new AtomicInteger();
    private final AtomicInteger threadsAlive = new AtomicInteger();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Announcement<Void> end = new Announcement<>(ended);
    private volatile boolean ending;

    /**
     * Starts the first crew.
     *
     * @param name the prefix of the thread names
     * @param size the number of threads in a crew
     * @param buffers each thread has a cache of this pool
     * @throws IOException if the system cannot create a channel group
     */
    Crews(String name, int size, BufferPool buffers, TimerThread timer, ThreadWatch watch, Faults faults)
            throws IOException {
        this.name = name;
        this.size = size;
        this.buffers = buffers;
        this.timer = timer;
        this.watch = watch;
        this.faults = faults;
        this.crew = newCrew();
    }

    private Crew newCrew() throws IOException {
        return new Crew(size, this::newThread, this);
    }

    private Thread newThread(Runnable body, Crew its) {
        DispatcherThread thread = new DispatcherThread(
                this, its, body, name + "-" + threadsStarted.incrementAndGet(), buffers.newCache());
        thread.setDaemon(daemon);
        return thread;
    }

    /** Returns the crew that is currently at work. */
    Crew current() {
        return crew;
    }

    /** Returns the channel group of the current crew. */
    public AsynchronousChannelGroup group() {
        return crew.group();
    }

    /** Returns the number of threads that have been started and have not ended. */
    public int threads() {
        return threadsAlive.get();
    }

    /** Returns a future that completes when the last thread of the group has ended. */
    public CompletableFuture<Void> ended() {
        return end.future();
    }

    /** Registers a component that is to recover from a lack of memory, until {@link #forget} is called with it. */
    public void lookAfter(Recovering one) {
        recovering.add(one);
    }

    public void forget(Recovering one) {
        recovering.remove(one);
    }

    @Override
    public void defect(Throwable failure) {
        faults.defect(failure);
    }

    @Override
    public Future<?> schedule(Runnable code, long delayNanos) {
        return timer.schedule(code, delayNanos);
    }

    @Override
    public void threadIsStarted() {
        threadsAlive.incrementAndGet();
    }

    @Override
    public void threadBegins(DispatcherThread thread) {
        try {
            watch.add(thread);
        } catch (Throwable noMemory) {
            // Then the thread is not watched
        }
    }

    /**
     * Called on a thread of a group that ends. If the group was not shut down, the JDK ran out of memory in its own
     * code. The thread then stays until the crew has been replaced, since it may be the last one that keeps the JVM
     * alive.
     *
     * @param why the cause of the thread's death, or null
     */
    @Override
    public void threadEnds(DispatcherThread thread, Crew its, @Nullable Throwable why) {
        if (why != null) {
            its.isBroken(why);
        }
        while (why != null && !ending && crew == its) {
            Crew.pause(TimerThread.RECOVERY / 10);
        }
        try {
            watch.remove(thread);
        } catch (Throwable noMemory) {
            // The thread stays on the watch list, and is seen to be idle
        }
    }

    @Override
    public void threadIsGone() {
        if (threadsAlive.decrementAndGet() == 0 && ending) {
            ended.complete(null);
        }
    }

    @Override
    public void run(Strand strand) {
        run((Dispatched) strand);
    }

    /**
     * Runs the turn on a thread of the group: immediately if the caller is one and no turn is running, otherwise soon.
     * Never fails.
     */
    @Override
    public void run(Dispatched turn) {
        if (Thread.currentThread() instanceof DispatcherThread thread && thread.belongsTo(this)) {
            try {
                thread.runTurn(turn);
            } catch (Throwable noMemory) {
                faults.suspect(noMemory);
                stuck.keep(turn);
            }
        } else {
            ringOrKeep(turn);
        }
    }

    /** Runs code as a turn. Fails only if there is no memory to wrap it; nothing has changed then. */
    void run(Runnable code) {
        run(dispatched(code));
    }

    /** Wraps code in a turn that can be kept until there is memory to hand it over. */
    private static Dispatched dispatched(Runnable code) {
        return new Dispatched() {
            @Override
            public void run() {
                code.run();
            }
        };
    }

    @Override
    public void runLater(Strand strand) {
        try {
            timer.execute(() -> ringOrKeep(strand));
        } catch (RejectedExecutionException tooLate) {
            run(strand);
        } catch (Throwable noMemory) {
            stuck.keep(strand);
        }
    }

    /** Runs the turn on a thread of the group other than the calling one. Never fails. */
    @Override
    public void runOnAnother(Dispatched turn) {
        ringOrKeep(turn);
    }

    private void ringOrKeep(Dispatched turn) {
        try {
            crew.doorbell().ring(turn);
        } catch (Throwable noMemory) {
            faults.suspect(noMemory);
            stuck.keep(turn);
        }
    }

    /** Runs code once after the threads have processed what is queued for them now; see {@link Timers#afterRound}. */
    void afterRound(Runnable code) {
        timer.execute(() -> ringOrKeep(dispatched(() -> timer.execute(code, code))), code);
    }

    /** Called when the bell has no memory to be rung for the turn. */
    @Override
    public void keep(Dispatched turn) {
        stuck.keep(turn);
    }

    @Override
    public void runElsewhere(Dispatched turn, Doorbell gone) {
        if (ending || crew.doorbell() == gone) {
            runHere(turn);
        } else {
            ringOrKeep(turn);
        }
    }

    /** Runs the turn on this thread. An exception it throws does not mean that the turn could not be handed over. */
    private void runHere(Dispatched turn) {
        try {
            turn.run();
        } catch (Throwable failure) {
            defect(failure);
        }
    }

    /**
     * Called on the timer's thread: resumes whatever a lack of memory has left undone. Each step runs even if another
     * fails.
     */
    void recover() {
        faults.tryTo(() -> stuck.takeAll(this::ringOrKeep));
        faults.tryTo(this::replaceCrew);
        for (Recovering one : recovering) {
            faults.tryTo(one::recover);
        }
    }

    /** Replaces a crew that has lost a thread, and ends it. Steps that fail are retried later. */
    private void replaceCrew() {
        long now = System.nanoTime();
        Throwable loss = crew.loss();
        if (loss == null) {
            loss = faults.lackBefore(TimerThread.RECOVERY);
        }
        if (leaving == null && loss != null && !ending && now - replaceFrom >= 0) {
            replaceFrom = now + replacePause;
            replacePause = Math.min(2 * replacePause, LONGEST_PAUSE);
            beginCrew(loss);
            replacePause = TimerThread.RECOVERY;
        }
        if (leaving != null) {
            retire(leaving);
            leaving = null;
        }
    }

    private void beginCrew(Throwable loss) {
        // A group that runs out of memory halfway leaves threads behind, so check first that a fair amount is free
        Objects.checkIndex(0, new byte[MEMORY_OF_A_CREW].length);
        faults.beginAnew();
        former.removeIf(Crew::hasEnded);
        if (!former.contains(crew)) {
            former.add(crew);
        }
        Crew successors;
        try {
            successors = newCrew();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot replace the threads that have died; will try again", failure);
        }
        leaving = crew;
        crew = successors;
        if (ending) {
            successors.end();
        }
        faults.tell(FailureLog.Sort.CREW, null, loss);
    }

    /**
     * Retires a crew that has been replaced, and passes its queued turns to its successor. May be called again if it
     * fails.
     */
    private void retire(Crew broken) {
        for (Recovering one : recovering) {
            one.markStale();
        }
        Doorbell bell = broken.doorbell();
        bell.retire();
        for (Dispatched next = bell.nextPending(); next != null; next = bell.nextPending()) {
            runOnAnother(next);
        }
        broken.end();
    }

    /** Ends the threads. All connections have ended before. */
    void end() {
        ending = true;
        faults.tryTo(crew::end);
    }

    /**
     * Called on the timer's thread after {@link #end}. A channel that the JDK has lost track of keeps its group from
     * terminating, until the group is forced to close all its channels.
     *
     * @return whether all crews have ended
     */
    boolean endWhoStayed() {
        former.forEach(each -> faults.tryTo(each::endNow));
        crew.endNow();
        return crew.hasEnded() && former.stream().allMatch(Crew::hasEnded);
    }
}
