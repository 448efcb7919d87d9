// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferPool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine of a dispatcher: a {@link Crew}, that is a channel group with a fixed number of threads, on which all turns run; one timer
 * thread that raises signals and looks once a second for what a lack of memory has left; and a {@link Workshop} for each sort of work
 * that may block.
 *
 * <p>What finds no memory is kept in lists that need none, until there is some. A crew that has lost a thread, or that was at work when
 * memory lacked, is replaced as a whole, and ends with its last connection.
 */
final class GroupMachine implements Machine, DispatcherThread.Owner {
    /** What a lack of memory may have broken, and is asked to mend itself; on the timer's thread. */
    interface Recovering {
        /** Mends what is broken, as far as there is memory. Asked again and again. */
        void recover();

        /** The threads of its channel are gone. */
        void markStale();
    }

    private static final Logger LOG = LoggerFactory.getLogger(GroupMachine.class);

    /** At least so many names are looked up at a time: a name server that does not answer holds a thread for seconds. */
    private static final int LOOK_UPS = 8;

    private static final long RECOVERY = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE = TimeUnit.MINUTES.toNanos(1);
    private static final int MEMORY_OF_A_CREW = 1 << 20;

    private final BooleanSupplier socketsLost;
    private final BufferPool buffers;
    private final MemoryWatch memory;
    private final FailureLog failures = new FailureLog(this::now);
    private final String name;
    private final int size;

    /** As the thread is that made this machine: the threads of all crews keep the JVM alive, or none. */
    private final boolean daemon = Thread.currentThread().isDaemon();

    /** Those who work at the moment. */
    private volatile Crew crew;

    /** Those whose successors work already; touched by the timer's thread. */
    private @Nullable Crew leaving;

    /** All who ever had successors, until their threads have ended; touched by the timer's thread. */
    private final List<Crew> former = new ArrayList<>();

    /** When to try it next, and how long to wait behind that; touched by the timer's thread. */
    private long replaceFrom = System.nanoTime();

    private long replacePause = RECOVERY;

    /** The last lack of memory that reached code of ours outside of a connection, and when that was. */
    private volatile @Nullable Throwable lack;

    private volatile long lackSince;

    /** Whether the JDK may have lost a channel: then no group ends by itself. */
    private volatile boolean starved;

    private final ScheduledThreadPoolExecutor timer;
    private final TimingWheel timers = new TimingWheel(System.nanoTime(), this::tickLater);
    private final ThreadWatch watch = new ThreadWatch(task -> run(Work.TASK, task));

    /** Whether a look at the threads is planned that no tick brings; touched by the timer's thread. */
    private boolean watching;

    private final Map<Work, Workshop> workshops = new EnumMap<>(Work.class);
    private final AtomicInteger threadsStarted = new AtomicInteger();
    private final AtomicInteger threadsAlive = new AtomicInteger();
    private final AtomicLong ids = new AtomicLong();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Announcement<Void> end = new Announcement<>(ended);
    private volatile boolean ending;
    private volatile @Nullable ScheduledFuture<?> recovery;

    /** What could not be handed to a thread for lack of memory, linked by {@link Dispatched#nextStuck}. */
    private final AtomicReference<@Nullable Dispatched> stuck = new AtomicReference<>();

    /** What the timer's thread had no memory to do, linked in the same way. */
    private final AtomicReference<@Nullable Dispatched> unfinished = new AtomicReference<>();

    private final Set<Recovering> acceptors = ConcurrentHashMap.newKeySet();

    /**
     * Starts one.
     *
     * @param socketsLost whether the JDK has lost a socket, whose thread it cannot end any more
     */
    GroupMachine(String name, int threads, int taskThreads, BufferPool buffers, BooleanSupplier socketsLost)
            throws IOException {
        this.socketsLost = socketsLost;
        this.buffers = buffers;
        this.memory = new MemoryWatch(this::now, buffers);
        Guard.quietly(() -> LOG.info(
                "{}: at most {} MiB of direct memory for buffers (BufferPool.Builder.budget)",
                name,
                buffers.budget() >> 20));
        this.name = name;
        this.size = threads;
        this.timer = new ScheduledThreadPoolExecutor(1, body -> daemon(() -> keepTime(body), name + "-timer"));
        timer.setRemoveOnCancelPolicy(true);
        for (Work work : Work.values()) {
            AtomicInteger thread = new AtomicInteger();
            int most = work == Work.LOOK_UP ? Math.max(LOOK_UPS, taskThreads) : taskThreads;
            workshops.put(
                    work,
                    new Workshop(
                            work,
                            most,
                            body -> daemon(body, name + "-" + work.word() + "-" + thread.incrementAndGet())));
        }
        try {
            this.crew = newCrew();
        } catch (IOException failure) {
            timer.shutdownNow();
            throw failure;
        }
        this.recovery = planRecovery();
    }

    private ScheduledFuture<?> planRecovery() {
        return timer.scheduleWithFixedDelay(this::recover, RECOVERY, RECOVERY, TimeUnit.NANOSECONDS);
    }

    /**
     * Takes up again what was left lying for lack of memory, when there is some: it was written down in places that need none.
     * Planned once, so that no plan is needed when there is no memory for one. On the timer's thread.
     */
    private void recover() {
        try {
            takeUp();
        } catch (Throwable notEvenALineInTheLog) {
            // Whatever leaves this method ends the plan: the next look comes in a second
            return;
        }
    }

    /** Each step for itself: one that still fails must not hold up those that free what it lacks. */
    private void takeUp() {
        tryTo(timers::wakeIfForgotten);
        tryTo(() -> takeAll(stuck, this::ringOrKeep));
        tryTo(() -> takeAll(unfinished, Runnable::run));
        tryTo(failures::look);
        tryTo(this::replaceCrew);
        for (Recovering acceptor : acceptors) {
            tryTo(acceptor::recover);
        }
        tryTo(this::endWhoStayed);
    }

    private void tryTo(Runnable step) {
        try {
            step.run();
        } catch (Throwable notYet) {
            defect(notYet);
        }
    }

    private static void takeAll(AtomicReference<@Nullable Dispatched> list, Consumer<Dispatched> takes) {
        for (Dispatched next = list.getAndSet(null); next != null; ) {
            Dispatched kept = next;
            next = kept.nextStuck;
            kept.nextStuck = null;
            takes.accept(kept);
        }
    }

    private static void keep(Dispatched turn, AtomicReference<@Nullable Dispatched> list) {
        Dispatched first;
        do {
            first = list.get();
            turn.nextStuck = first;
        } while (!list.compareAndSet(first, turn));
    }

    private void ringOrKeep(Dispatched turn) {
        try {
            crew.doorbell().ring(turn);
        } catch (Throwable noMemory) {
            suspect(noMemory);
            keep(turn, stuck);
        }
    }

    /** Has this one recover from a lack of memory, until it is forgotten. */
    void lookAfter(Recovering acceptor) {
        acceptors.add(acceptor);
    }

    void forget(Recovering acceptor) {
        acceptors.remove(acceptor);
    }

    /** Something that runs on a thread of ours has thrown, which it must not: a few lines, and then their number. */
    @Override
    public void defect(Throwable failure) {
        suspect(failure);
        tell(FailureLog.Sort.MACHINE, null, failure);
    }

    /** Logs a failure: a few lines, and then their number. Never fails. */
    void tell(FailureLog.Sort sort, @Nullable Object where, Throwable failure) {
        try {
            failures.threw(sort, where, failure);
        } catch (Throwable noMemoryToSaySo) {
            return;
        }
    }

    /**
     * Something has failed outside of a connection. If it is for lack of memory, nobody knows what the JDK has lost: an accept
     * that it takes for outstanding, or a thread that waits for the operating system no more but lives on. So all is begun anew.
     */
    void suspect(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            starved = true;
            lackSince = now();
            lack = failure;
        }
    }

    private Crew newCrew() throws IOException {
        return new Crew(size, this::groupThread, new Doorbell.Answer() {
            @Override
            public void run(Runnable turn) {
                GroupMachine.this.run(turn);
            }

            @Override
            public void keep(Runnable turn) {
                if (turn instanceof Dispatched dispatched) {
                    GroupMachine.keep(dispatched, stuck);
                }
            }

            @Override
            public void runElsewhere(Runnable turn, Doorbell gone) {
                Doorbell now = crew.doorbell();
                if (ending || now == gone) {
                    turn.run();
                } else {
                    now.ring(turn);
                }
            }
        });
    }

    private Thread groupThread(Runnable body, Crew its) {
        DispatcherThread thread = new DispatcherThread(
                this, its, body, name + "-" + threadsStarted.incrementAndGet(), buffers.newCache());
        thread.setDaemon(daemon);
        return thread;
    }

    /** On a thread of a group that begins: one that could not be started is not counted. */
    @Override
    public void threadBegins(DispatcherThread thread) {
        threadsAlive.incrementAndGet();
        try {
            watch.add(thread);
        } catch (Throwable noMemory) {
            // Then nobody watches it
        }
    }

    private static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }

    /** The group of today. */
    AsynchronousChannelGroup group() {
        return crew.group();
    }

    /** For the next connection. */
    long nextId() {
        return ids.incrementAndGet();
    }

    int threads() {
        return threadsAlive.get();
    }

    ThreadWatch watch() {
        return watch;
    }

    /** How many tasks of a sort wait for a thread. */
    int waiting(Work work) {
        return workshop(work).waiting();
    }

    private Workshop workshop(Work work) {
        return Objects.requireNonNull(workshops.get(work));
    }

    /** Ends the threads; all connections have ended before. */
    void end() {
        ending = true;
        tryTo(crew::end);
        tryTo(() -> workshops.values().forEach(Workshop::end));
        Guard.quietly(failures::tellRest);
        if (!starved) {
            timer.shutdownNow();
        }
    }

    /**
     * On the timer's thread: a channel that the JDK has lost holds up the end of its group, until that is made to close all that
     * it has.
     */
    private void endWhoStayed() {
        if (!ending) {
            return;
        }
        if (socketsLost.getAsBoolean()) {
            Guard.error(
                    LOG,
                    "the JDK had no memory to close a socket, and its thread cannot be ended any more: end the process"
                            + " (System.exit)",
                    null);
            timer.shutdownNow();
            return;
        }
        former.forEach(each -> tryTo(each::endNow));
        crew.endNow();
        if (crew.hasEnded() && former.stream().allMatch(Crew::hasEnded)) {
            timer.shutdownNow();
        }
    }

    /** Completes when the last thread of the group has ended. */
    CompletableFuture<Void> ended() {
        return end.future();
    }

    /**
     * On a thread of a group that ends. If nobody ended it, the JDK had no memory in the middle of its own work: the thread
     * stays until it has successors, since it may be the last one that keeps the JVM alive.
     *
     * @param why what it dies of, or null
     */
    @Override
    public void threadEnds(DispatcherThread thread, Crew its, @Nullable Throwable why) {
        if (why != null) {
            its.isBroken(why);
        }
        while (why != null && !ending && crew == its) {
            pauseDying();
        }
        try {
            watch.remove(thread);
        } catch (Throwable noMemory) {
            // It is watched for ever, and seen to do nothing
        }
        if (threadsAlive.decrementAndGet() == 0 && ending) {
            ended.complete(null);
        }
    }

    /** On the timer's thread: gives a crew that has lost a thread successors, and ends it. What fails is tried again later. */
    private void replaceCrew() {
        Throwable loss = crew.loss();
        if (loss == null && now() - lackSince >= RECOVERY) {
            loss = lack;
        }
        if (leaving == null && loss != null && !ending && now() - replaceFrom >= 0) {
            replaceFrom = now() + replacePause;
            replacePause = Math.min(2 * replacePause, LONGEST_PAUSE);
            beginCrew(loss);
            replacePause = RECOVERY;
        }
        if (leaving != null) {
            retire(leaving);
            leaving = null;
        }
    }

    private void beginCrew(Throwable loss) {
        // A group that gets no memory halfway leaves threads behind, so look first whether there is some to speak of
        Objects.checkIndex(0, new byte[MEMORY_OF_A_CREW].length);
        lack = null;
        starved = true;
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
        tell(FailureLog.Sort.CREW, null, loss);
    }

    /** On the timer's thread: the crew has successors, who take over what it was asked to do. May be called again if it fails. */
    private void retire(Crew broken) {
        for (Recovering acceptor : acceptors) {
            acceptor.markStale();
        }
        Doorbell bell = broken.doorbell();
        bell.retire();
        for (Runnable next = bell.unanswered(); next != null; next = bell.unanswered()) {
            runOnAnother(next);
        }
        broken.end();
    }

    /** The body of the timer's thread, which starts its successor if it dies. */
    private void keepTime(Runnable body) {
        try {
            body.run();
        } finally {
            boolean started = false;
            while (!started && !ending) {
                try {
                    // The pool may have done so itself; but its plan may have been lost with the thread that was at it
                    timer.prestartCoreThread();
                    if (!timer.getQueue().contains(recovery)) {
                        recovery = planRecovery();
                    }
                    started = true;
                } catch (Throwable stillNoMemory) {
                    pauseDying();
                }
            }
        }
    }

    private static void pauseDying() {
        Crew.pause(RECOVERY / 10);
    }

    @Override
    public BufferPool buffers() {
        return buffers;
    }

    @Override
    public MemoryWatch memory() {
        return memory;
    }

    @Override
    public long now() {
        return System.nanoTime();
    }

    @Override
    public void setTimer(TimingWheel.Timer connection, long expiry) {
        timers.set(connection, expiry);
    }

    private void tickLater() {
        var unused = schedule(this::tick, TimingWheel.TICK);
    }

    /** On the timer's thread. A failure must not stop the time of the others. */
    private void tick() {
        boolean more = true;
        try {
            more = timers.tick(now());
        } catch (Throwable failure) {
            defect(failure);
        }
        watch(more);
        if (more) {
            try {
                tickLater();
            } catch (Throwable noMemory) {
                timers.rest();
            }
        }
    }

    /** On the timer's thread. While there are no ticks, and yet a thread is within a turn, it is planned on its own. */
    private void watch(boolean ticks) {
        try {
            if (watch.look(now()) && !ticks && !watching) {
                watching = true;
                var unused = schedule(this::watchAgain, TimingWheel.TICK);
            }
        } catch (Throwable failure) {
            defect(failure);
        }
    }

    private void watchAgain() {
        watching = false;
        watch(false);
    }

    /** Costs an allocation, and a lock of the executor's. What then fails for lack of memory is done again when there is some. */
    @Override
    public Future<?> schedule(Runnable code, long delayNanos) {
        try {
            return timer.schedule(new Plan(code), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException tooLate) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Runs code on the timer's thread again and again, whatever it throws, until the future is cancelled. */
    Future<?> repeat(Runnable code, long delayNanos) {
        try {
            return timer.scheduleWithFixedDelay(new Plan(code), delayNanos, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException tooLate) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** On the timer's thread. */
    private final class Plan extends Dispatched {
        private final Runnable code;

        Plan(Runnable code) {
            this.code = code;
        }

        @Override
        public void run() {
            try {
                code.run();
            } catch (OutOfMemoryError noMemory) {
                suspect(noMemory);
                keep(this, unfinished);
            } catch (Throwable failure) {
                defect(failure);
            }
        }
    }

    @Override
    public void afterRound(Runnable code) {
        onTimer(() -> crew.doorbell().ring(() -> onTimer(code, code)), code);
    }

    /** Runs code on the timer's thread; what stands in for it, if there is no such thread any more, or no memory. */
    private void onTimer(Runnable code, Runnable otherwise) {
        try {
            timer.execute(() -> {
                try {
                    code.run();
                } catch (Throwable failure) {
                    defect(failure);
                    otherwise.run();
                }
            });
        } catch (Throwable endedOrNoMemory) {
            otherwise.run();
        }
    }

    @Override
    public void run(Work work, Runnable task) {
        workshop(work).run(task);
    }

    @Override
    public void run(Strand strand) {
        run((Dispatched) strand);
    }

    /** Runs it as a strand is run. Never fails. */
    void run(Dispatched turn) {
        try {
            run((Runnable) turn);
        } catch (Throwable noMemory) {
            suspect(noMemory);
            keep(turn, stuck);
        }
    }

    /** Runs code as a strand is run. */
    void run(Runnable turn) {
        if (Thread.currentThread() instanceof DispatcherThread thread && thread.belongsTo(this)) {
            thread.runTurn(turn);
        } else {
            crew.doorbell().ring(turn);
        }
    }

    /** Runs code on another thread of the group than the calling one. */
    @Override
    public void runOnAnother(Runnable turn) {
        if (turn instanceof Dispatched dispatched) {
            ringOrKeep(dispatched);
        } else {
            crew.doorbell().ring(turn);
        }
    }

    @Override
    public void runLater(Strand strand) {
        try {
            timer.execute(() -> ringOrKeep(strand));
        } catch (RejectedExecutionException tooLate) {
            run(strand);
        } catch (Throwable noMemory) {
            keep(strand, stuck);
        }
    }
}
