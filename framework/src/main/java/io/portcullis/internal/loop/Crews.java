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
 * The threads on which all turns run: one {@link Crew} at a time. A crew that has lost a thread, or that was at work
 * when memory lacked, is replaced as a whole, and ends with its last connection. What finds no memory to be handed to a
 * thread waits until there is some.
 */
public final class Crews implements DispatcherThread.Owner, Doorbell.Answer, Strand.Host {
    /** What a lack of memory may have broken, and is asked to mend itself; on the timer's thread. */
    public interface Recovering {
        /** Mends what is broken, as far as there is memory. Asked again and again. */
        void recover();

        /** The threads of its channel are gone. */
        void markStale();
    }

    private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final int MEMORY_OF_A_CREW = 1 << 20;

    private final String name;
    private final int size;

    /** As the thread is that made them: the threads of all crews keep the JVM alive, or none. */
    private final boolean daemon = Thread.currentThread().isDaemon();

    private final BufferPool buffers;
    private final TimerThread timer;
    private final ThreadWatch watch;
    private final Faults faults;

    /** Those who work at the moment. */
    private volatile Crew crew;

    /** Those whose successors work already; touched by the timer's thread. */
    private @Nullable Crew leaving;

    /** All who ever had successors, until their threads have ended; touched by the timer's thread. */
    private final List<Crew> former = new ArrayList<>();

    /** When to try it next, and how long to wait behind that; touched by the timer's thread. */
    private long replaceFrom = System.nanoTime();

    private long replacePause = TimerThread.RECOVERY;

    /** What could not be handed to a thread for lack of memory. */
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
     * @param name what the names of the threads begin with
     * @param size how many work at a time
     * @param buffers each thread has a cache of them
     * @throws IOException if the system gives no channel group
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

    /** Those who work at the moment. */
    Crew current() {
        return crew;
    }

    /** The group of those who work at the moment. */
    public AsynchronousChannelGroup group() {
        return crew.group();
    }

    /** How many threads have been started and have not ended. */
    public int threads() {
        return threadsAlive.get();
    }

    /** Completes when the last thread of the group has ended. */
    public CompletableFuture<Void> ended() {
        return end.future();
    }

    /** Has this one recover from a lack of memory, until it is forgotten. */
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
            // Then nobody watches it
        }
    }

    /**
     * On a thread of a group that ends. If nobody ended it, the JDK had no memory in the middle of its own work: the
     * thread stays until it has successors, since it may be the last one that keeps the JVM alive.
     *
     * @param why what it dies of, or null
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
            // It is watched for ever, and seen to do nothing
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
     * Runs it on a thread of the group: at once if this is one, and not within another turn; else soon. Never fails.
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

    /** Runs code as a strand is run. Fails only if there is no memory to wrap it, and has changed nothing then. */
    void run(Runnable code) {
        run(dispatched(code));
    }

    /** Code that can be kept until there is memory to hand it over. */
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

    /** Runs it on another thread of the group than the calling one. Never fails. */
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

    /** Runs code once when the threads have taken up what waits for them now; {@link Timers#afterRound}. */
    void afterRound(Runnable code) {
        timer.execute(() -> ringOrKeep(dispatched(() -> timer.execute(code, code))), code);
    }

    /** The bell has no memory to ring for it. */
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

    /** What it throws is no lack of memory to hand it over. */
    private void runHere(Dispatched turn) {
        try {
            turn.run();
        } catch (Throwable failure) {
            defect(failure);
        }
    }

    /** On the timer's thread: takes up what a lack of memory has left, each step for itself. */
    void recover() {
        faults.tryTo(() -> stuck.takeAll(this::ringOrKeep));
        faults.tryTo(this::replaceCrew);
        for (Recovering one : recovering) {
            faults.tryTo(one::recover);
        }
    }

    /** Gives a crew that has lost a thread successors, and ends it. What fails is tried again later. */
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
        // A group that gets no memory halfway leaves threads behind, so look first whether there is some to speak of
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
            throw new UncheckedIOException("threads that have died cannot be replaced yet", failure);
        }
        leaving = crew;
        crew = successors;
        if (ending) {
            successors.end();
        }
        faults.tell(FailureLog.Sort.CREW, null, loss);
    }

    /** The crew has successors, who take over what it was asked to do. May be called again if it fails. */
    private void retire(Crew broken) {
        for (Recovering one : recovering) {
            one.markStale();
        }
        Doorbell bell = broken.doorbell();
        bell.retire();
        for (Dispatched next = bell.unanswered(); next != null; next = bell.unanswered()) {
            runOnAnother(next);
        }
        broken.end();
    }

    /** Ends the threads; all connections have ended before. */
    void end() {
        ending = true;
        faults.tryTo(crew::end);
    }

    /**
     * On the timer's thread, behind {@link #end}: a channel that the JDK has lost holds up the end of its group, until
     * that is made to close all that it has.
     *
     * @return whether all have ended
     */
    boolean endWhoStayed() {
        former.forEach(each -> faults.tryTo(each::endNow));
        crew.endNow();
        return crew.hasEnded() && former.stream().allMatch(Crew::hasEnded);
    }
}
