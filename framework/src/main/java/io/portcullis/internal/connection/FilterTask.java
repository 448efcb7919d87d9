// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.Tasks;
import io.portcullis.internal.loop.Work;
import io.portcullis.internal.parts.Signal;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A task that a filter has asked for and that may block, on a thread for tasks. Until it is done the filter is left
 * alone.
 */
final class FilterTask implements Runnable {
    private final Runnable work;
    private final Strand strand;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** Written by the task's thread before the signal, read by the strand after it. */
    private @Nullable Throwable failure;

    /** One that has not begun; the strand is told when it is done. */
    FilterTask(Runnable work, Strand strand) {
        this.work = work;
        this.strand = strand;
    }

    /**
     * Starts it.
     *
     * @throws RejectedExecutionException if too many wait; it will not run
     */
    void start(Tasks tasks) {
        try {
            tasks.run(Work.TASK, this);
        } catch (RejectedExecutionException tooMany) {
            throw tooMany;
        } catch (Throwable noMemory) {
            // An executor may throw although it has taken the task; then the filter must be left alone until it is done
            if (take()) {
                throw noMemory;
            }
        }
    }

    /** By who comes first: the thread that runs it, or the strand, because it could not be started. */
    private boolean take() {
        return taken.compareAndSet(false, true);
    }

    @Override
    public void run() {
        if (!take()) {
            return;
        }
        try {
            work.run();
        } catch (Throwable thrown) {
            failure = thrown;
        }
        strand.signal(Signal.TASK_DONE);
    }

    /** In the turn after the signal: what it has thrown. */
    @Nullable
    Throwable failure() {
        return failure;
    }
}
