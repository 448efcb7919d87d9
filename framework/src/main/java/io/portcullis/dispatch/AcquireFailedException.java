// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;

/**
 * A {@link ConnectionPool} had no connection to lend. The message says how its connections were in use. A connect that
 * failed is told by a {@link io.portcullis.ConnectFailedException} instead.
 */
public final class AcquireFailedException extends IOException {
    private static final long serialVersionUID = 1;

    /** Why there was none. */
    public enum Reason {
        /** None became free before the deadline of the acquire. */
        DEADLINE,
        /** All were in use, and as many others waited as may wait. */
        TOO_MANY_WAITING,
        /** The pool, or its client, was closed. */
        POOL_CLOSED
    }

    /** The bounded reason. */
    private final Reason reason;

    AcquireFailedException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /**
     * Why, as one word.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
