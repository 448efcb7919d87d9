// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Puts the id of a connection, in hexadecimal, into the log context (MDC) while lines about it are logged. */
public final class LogContext {
    /** The key in the log context. */
    public static final String KEY = "connection";

    private LogContext() {}

    /** Runs a task that logs, with the id in the context; the previous value is restored afterwards. */
    public static void with(long connection, Runnable task) {
        run(task, Long.toHexString(connection));
    }

    /**
     * Runs a task that logs about no connection, although a connection may be in its turn; its id is restored
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

    /**
     * Returns the current value. If the adapter fails, here or when a value is set, the task just runs without a
     * context.
     */
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
