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
 * A task of a filter that may block, run on a thread for tasks. The filter must not be called until the task is done.
 */
final class FilterTask implements Runnable {
    private final Runnable work;
    private final Strand strand;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** Written by the task's thread before the signal, read by the strand after it. */
    private @Nullable Throwable failure;

    /** Creates a task that has not begun; the strand is signalled when it is done. */
    FilterTask(Runnable work, Strand strand) {
        this.work = work;
        this.strand = strand;
    }

    /**
     * Starts the task.
     *
     * @throws RejectedExecutionException if too many tasks wait; this one will not run
     */
    void start(Tasks tasks) {
        try {
            tasks.run(Work.TASK, this);
        } catch (RejectedExecutionException tooMany) {
            throw tooMany;
        } catch (Throwable noMemory) {
            // An executor may throw although it has taken the task; the filter must not be called until that is done
            if (take()) {
                throw noMemory;
            }
        }
    }

    /**
     * Claims the task, either for the thread that runs it or for the strand if it could not be started; the first
     * caller wins.
     */
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

    /** Returns what the task has thrown, in the turn after the signal. */
    @Nullable
    Throwable failure() {
        return failure;
    }
}
