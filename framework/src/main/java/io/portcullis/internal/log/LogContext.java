// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Puts the id of a connection, in hexadecimal, into the log context (MDC) of the lines that are written about it. */
public final class LogContext {
    /** The key in the context. */
    public static final String KEY = "connection";

    private LogContext() {}

    /** Runs the task, which logs, with the id in the context; what was there before is there again afterwards. */
    public static void with(long connection, Runnable task) {
        run(task, Long.toHexString(connection));
    }

    /**
     * Runs the task, which logs what is of no connection, although one may have its turn; its id is there again
     * afterwards.
     */
    public static void without(Runnable task) {
        run(task, null);
    }

    private static void run(Runnable task, @Nullable String id) {
        String before = get();
        set(id);
        try {
            task.run();
        } finally {
            set(before);
        }
    }

    /** An adapter that fails leaves the task without a context, and no more; so it does when something is set. */
    private static @Nullable String get() {
        try {
            return MDC.get(KEY);
        } catch (Throwable adapterFails) {
            return null;
        }
    }

    private static void set(@Nullable String id) {
        try {
            if (id == null) {
                MDC.remove(KEY);
            } else {
                MDC.put(KEY, id);
            }
        } catch (Throwable adapterFails) {
            return;
        }
    }
}
