// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import org.jspecify.annotations.Nullable;

/**
 * The task that an engine asks for: fetched from it, taken by whoever runs it, and looked at once it has run. Only the
 * task itself may run on another thread, and nobody looks here before it has returned.
 */
final class EngineTask {
    private final TlsEngine engine;
    private @Nullable Runnable waiting;
    private boolean taken;
    private @Nullable RuntimeException failure;

    EngineTask(TlsEngine engine) {
        this.engine = engine;
    }

    /** Asks the engine for its next task; returns whether there is one. */
    boolean fetch() {
        waiting = engine.task();
        return waiting != null;
    }

    /** Whether a task waits to be taken. */
    boolean waits() {
        return waiting != null;
    }

    /** The task, to be run once; or null if none waits. */
    @Nullable
    Runnable take() {
        Runnable next = waiting;
        if (next == null) {
            return null;
        }
        waiting = null;
        taken = true;
        return () -> {
            try {
                next.run();
            } catch (RuntimeException thrown) {
                failure = thrown;
            }
        };
    }

    /** Whether a task was taken, and with it has run, since this was asked last. */
    boolean ran() {
        boolean ran = taken;
        taken = false;
        return ran;
    }

    /** What the task threw, or null. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }
}
