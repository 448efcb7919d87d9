// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.log.Guard;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The machine of a dispatcher. It consists of {@link Crews}, that is a channel group with a fixed number of threads on
 * which all turns run; one {@link TimerThread}; and a {@link Workshop} for each kind of work that may block.
 */
public final class GroupMachine implements Machine {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMachine.class);

    /**
     * The minimum number of concurrent name lookups: a name server that does not respond blocks a thread for seconds.
     */
    private static final int LOOK_UPS = 8;

    private final BufferPool buffers;
    private final MemoryWatch memory;
    private final BooleanSupplier socketsLost;
    private final Faults faults = new Faults(this);
    private final ThreadWatch watch = new ThreadWatch(task -> run(Work.TASK, task));
    private final TimerThread timer;
    private final Crews crews;
    private final Map<Work, Workshop> workshops = new EnumMap<>(Work.class);
    private final AtomicLong ids = new AtomicLong();
    private volatile boolean ending;

    /**
     * Starts a machine.
     *
     * @param name the prefix of the thread names
     * @param threads the number of threads that run turns
     * @param taskThreads the number of threads for each kind of work that may block
     * @param socketsLost returns whether the JDK has lost a socket, whose thread it can no longer end
     * @throws IOException if the system cannot create a channel group
     */
    public GroupMachine(String name, int threads, int taskThreads, BufferPool buffers, BooleanSupplier socketsLost)
            throws IOException {
        this.buffers = buffers;
        this.memory = new MemoryWatch(this::now, buffers);
        this.socketsLost = socketsLost;
        Guard.quietly(() -> LOG.info(
                "{}: at most {} MiB of direct memory for buffers (BufferPool.Builder.budget)",
                name,
                buffers.budget() >> 20));
        this.timer = new TimerThread(name + "-timer", watch, faults, this::recover);
        for (Work work : Work.values()) {
            AtomicInteger thread = new AtomicInteger();
            int most = work == Work.LOOK_UP ? Math.max(LOOK_UPS, taskThreads) : taskThreads;
            String prefix = name + "-" + work.label() + "-";
            workshops.put(
                    work,
                    new Workshop(work, most, body -> TimerThread.daemon(body, prefix + thread.incrementAndGet())));
        }
        try {
            this.crews = new Crews(name, threads, buffers, timer, watch, faults);
        } catch (IOException failure) {
            timer.end();
            throw failure;
        }
        timer.begin();
    }

    /** Called on the timer's thread: resumes what a lack of memory has left undone, if there is anything. */
    private void recover() {
        faults.tryTo(faults::look);
        crews.recover();
        faults.tryTo(this::endWhoStayed);
    }

    /** Called on the timer's thread. */
    private void endWhoStayed() {
        if (!ending) {
            return;
        }
        if (socketsLost.getAsBoolean()) {
            Guard.error(
                    LOG,
                    "the JDK had no memory to close a socket, and the thread of that socket can no longer be ended:"
                            + " end the process (System.exit)",
                    null);
            timer.end();
        } else if (crews.endWhoStayed()) {
            timer.end();
        }
    }

    /** Ends the threads. All connections have ended before. */
    public void end() {
        ending = true;
        timer.prepareEnd();
        crews.end();
        faults.tryTo(() -> workshops.values().forEach(Workshop::end));
        faults.reportRest();
        if (!faults.starved()) {
            timer.end();
        }
    }

    /** Returns the id for the next connection. */
    public long nextId() {
        return ids.incrementAndGet();
    }

    /** Returns the threads on which turns run. */
    public Crews crews() {
        return crews;
    }

    /** Returns the handler of failures outside of connections. */
    public Faults faults() {
        return faults;
    }

    public ThreadWatch watch() {
        return watch;
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
        timer.set(connection, expiry);
    }

    @Override
    public Future<?> schedule(Runnable code, long delayNanos) {
        return timer.schedule(code, delayNanos);
    }

    /** Runs code on the timer's thread repeatedly, even if it throws, until the future is cancelled. */
    public Future<?> repeat(Runnable code, long delayNanos) {
        return timer.repeat(code, delayNanos);
    }

    @Override
    public void afterRound(Runnable code) {
        crews.afterRound(code);
    }

    @Override
    public void run(Work work, Runnable task) {
        workshop(work).run(task);
    }

    /** Returns how many tasks of this kind wait for a thread. */
    public int waiting(Work work) {
        return workshop(work).waiting();
    }

    private Workshop workshop(Work work) {
        return Objects.requireNonNull(workshops.get(work));
    }

    @Override
    public void run(Strand strand) {
        crews.run(strand);
    }

    @Override
    public void runLater(Strand strand) {
        crews.runLater(strand);
    }

    /** Runs a turn in the same way as a strand. Never fails. */
    public void run(Dispatched turn) {
        crews.run(turn);
    }

    /** Runs code in the same way as a strand. */
    public void run(Runnable turn) {
        crews.run(turn);
    }
}
