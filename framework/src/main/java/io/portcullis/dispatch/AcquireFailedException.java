// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;

/**
 * Thrown when a {@link ConnectionPool} has no connection to lend. The message contains the state of its connections. A
 * failed connect is reported by a {@link io.portcullis.ConnectFailedException} instead.
 */
public final class AcquireFailedException extends IOException {
    private static final long serialVersionUID = 1;

    /** Why no connection was lent. */
    public enum Reason {
        /** No connection became free before the deadline of the acquire. */
        DEADLINE,
        /** All connections were in use, and the maximum number of acquires was waiting. */
        TOO_MANY_WAITING,
        /** The pool, or its client, was closed. */
        POOL_CLOSED
    }

    /** The reason, one of a bounded set. */
    private final Reason reason;

    AcquireFailedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Returns why no connection was lent.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
