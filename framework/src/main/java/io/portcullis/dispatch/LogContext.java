// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/** Puts the id of a connection, in hexadecimal, into the log context (MDC) of the lines that are written about it. */
final class LogContext {
    /** The key in the context. */
    static final String KEY = "connection";

    private LogContext() {}

    /** Runs the task, which logs, with the id in the context; what was there before is there again afterwards. */
    static void with(long connection, Runnable task) {
        String before = exchange(Long.toHexString(connection));
        run(task, before);
    }

    /** Runs the task, which logs what is of no connection, although one may have its turn; its id is there again afterwards. */
    static void without(Runnable task) {
        run(task, exchange(null));
    }

    private static void run(Runnable task, @Nullable String before) {
        try {
            task.run();
        } finally {
            var unused = exchange(before);
        }
    }

    /** Returns what was there before; an adapter that fails leaves the task without a context, and no more. */
    private static @Nullable String exchange(@Nullable String id) {
        try {
            String before = MDC.get(KEY);
            if (id == null) {
                MDC.remove(KEY);
            } else {
                MDC.put(KEY, id);
            }
            return before;
        } catch (Throwable adapterFails) {
            return null;
        }
    }
}
