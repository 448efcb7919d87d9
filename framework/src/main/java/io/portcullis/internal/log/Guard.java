// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Runs code that must not keep the machine from continuing, whatever it throws: a logger, an adapter of the log
 * context, or an observer of the application. All of these fail when there is no memory, and may fail for other
 * reasons.
 */
public final class Guard {
    private Guard() {}

    /** Logs an error. Needs no memory itself; exceptions thrown by the logger are dropped. */
    public static void error(Logger log, String message, @Nullable Throwable failure) {
        try {
            log.error(message, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /**
     * Logs an error with the subject in place of the {@code {}}. Needs no memory itself; exceptions thrown by the
     * logger are dropped.
     */
    public static void error(Logger log, String message, Object subject, Throwable failure) {
        try {
            log.error(message, subject, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /** Logs at debug level. Needs no memory itself; exceptions thrown by the logger are dropped. */
    public static void debug(Logger log, String message, Throwable failure) {
        try {
            log.debug(message, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /** Runs code; exceptions it throws are dropped. */
    public static void quietly(Runnable aside) {
        try {
            aside.run();
        } catch (Throwable dropped) {
            return;
        }
    }
}
