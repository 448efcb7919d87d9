// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A connection on loan from a {@link ConnectionPool}. The borrower returns it with {@link #release()}, on any thread. A
 * connection that ends while it is borrowed, for whatever reason, need not be released: its slot in the pool becomes
 * free when it has ended. A borrower that cannot return a connection, because a response is still outstanding or
 * because the next borrower must not find it in its present state, therefore closes or aborts it. If all borrowers log
 * in as the same user, the first one of each connection does ({@link #reused()}).
 */
public final class PooledConnection {
    private enum State {
        /** The handler of the borrower is being created. */
        OFFERED,
        LENT,
        RELEASED
    }

    private final Connection connection;
    private final boolean reused;
    private final Runnable onRelease;
    private final AtomicReference<State> state = new AtomicReference<>(State.OFFERED);

    PooledConnection(Connection connection, boolean reused, Runnable onRelease) {
        this.connection = connection;
        this.reused = reused;
        this.onRelease = onRelease;
    }

    /**
     * Returns the connection, which must not be used after the release.
     *
     * @return the connection
     */
    public Connection connection() {
        return connection;
    }

    /**
     * Returns whether the connection was borrowed before. The first request on such a connection may fail although the
     * server works, if the server has just closed the connection; an idempotent request can then be retried. In a
     * protocol where the server speaks first, it does so only if this is false.
     *
     * @return whether the connection was borrowed before
     */
    public boolean reused() {
        return reused;
    }

    /**
     * Returns the connection to the pool. After this call the handler of the borrower is no longer called; a callback
     * that is running continues, and must not wait for another acquire: the connection comes back when the callback has
     * returned. The connection is lent again only if it is open in both directions, all received bytes were read, the
     * pending output does not exceed the low watermark, and nothing is received from now on; otherwise it is closed.
     * May be called any number of times; only the first call has an effect.
     */
    public void release() {
        if (state.getAndSet(State.RELEASED) == State.LENT) {
            onRelease.run();
        }
    }

    /** Begins the loan, unless it has been released: from now on a release returns the connection. */
    void lend() {
        if (!state.compareAndSet(State.OFFERED, State.LENT)) {
            throw new IllegalStateException("the connection was released before its handler was opened");
        }
    }
}
