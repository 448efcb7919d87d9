// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import org.jspecify.annotations.Nullable;

/**
 * One task of an engine: taken once by whoever runs it, and looked at once it has run. Only the task itself may run on
 * another thread, and nobody looks here before it has returned.
 */
final class EngineTask implements Runnable {
    private final Runnable work;
    private boolean taken;
    private @Nullable RuntimeException failure;

    private EngineTask(Runnable work) {
        this.work = work;
    }

    /** The next task of an engine, or null if it has none. */
    static @Nullable EngineTask next(TlsEngine engine) {
        Runnable work = engine.task();
        return work == null ? null : new EngineTask(work);
    }

    /** The work, or null if it was taken before. */
    @Nullable
    Runnable take() {
        if (taken) {
            return null;
        }
        taken = true;
        return this;
    }

    /** Whether it was taken, and so has run. */
    boolean ran() {
        return taken;
    }

    /** What it threw, or null. */
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
