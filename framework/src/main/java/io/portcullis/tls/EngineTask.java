// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import org.jspecify.annotations.Nullable;

/**
 * A task of an engine. The runner takes it once, and its result is examined after it has run. Only the task itself may
 * run on another thread, and nothing else accesses this object before the task has returned.
 */
final class EngineTask implements Runnable {
    private final Runnable work;
    private boolean taken;
    private @Nullable RuntimeException failure;

    private EngineTask(Runnable work) {
        this.work = work;
    }

    /** Returns the next task of an engine, or null if it has none. */
    static @Nullable EngineTask next(TlsEngine engine) {
        Runnable work = engine.task();
        return work == null ? null : new EngineTask(work);
    }

    /** Returns the work, or null if it was taken before. */
    @Nullable
    Runnable take() {
        if (taken) {
            return null;
        }
        taken = true;
        return this;
    }

    /** Returns whether it was taken, and therefore has run. */
    boolean ran() {
        return taken;
    }

    /** Returns the exception that it threw, or null. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    @Override
    public void run() {
        try {
            work.run();
        } catch (RuntimeException thrown) {
            failure = thrown;
        }
    }
}
