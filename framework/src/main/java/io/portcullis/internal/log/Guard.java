// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.log;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Runs what must not keep the machine from going on, whatever it throws: a logger, an adapter of the log context, or an
 * observer of the application's, all of which fail when there is no memory, if not before.
 */
public final class Guard {
    private Guard() {}

    /** Logs; needs no memory itself, and what the logger throws is dropped. */
    public static void error(Logger log, String message, @Nullable Throwable failure) {
        try {
            log.error(message, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /**
     * Logs with the subject in place of the {@code {}}; needs no memory itself, and what the logger throws is dropped.
     */
    public static void error(Logger log, String message, Object subject, Throwable failure) {
        try {
            log.error(message, subject, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /** Logs what only a developer wants to know; needs no memory itself, and what the logger throws is dropped. */
    public static void debug(Logger log, String message, Throwable failure) {
        try {
            log.debug(message, failure);
        } catch (Throwable dropped) {
            return;
        }
    }

    /** Runs it; what it throws is dropped. */
    public static void quietly(Runnable aside) {
        try {
            aside.run();
        } catch (Throwable dropped) {
            return;
        }
    }
}
