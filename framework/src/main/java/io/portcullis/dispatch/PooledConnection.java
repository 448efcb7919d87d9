// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A connection on loan from a {@link ConnectionPool}. The borrower returns it by {@link #release()} when it is done, on
 * any thread. A connection that ends meanwhile, whoever ends it, needs no release: its place in the pool is free as
 * soon as it has ended. So a borrower that must not return a connection, because a response is still to come or because
 * its state has changed (a login, {@link Connection#startTls}), closes or aborts it.
 */
public final class PooledConnection {
    private final Connection connection;
    private final boolean reused;
    private final Runnable onRelease;
    private final AtomicBoolean released = new AtomicBoolean();

    PooledConnection(Connection connection, boolean reused, Runnable onRelease) {
        this.connection = connection;
        this.reused = reused;
        this.onRelease = onRelease;
    }

    /**
     * The connection, which must not be used after the release.
     *
     * @return the connection
     */
    public Connection connection() {
        return connection;
    }

    /**
     * Whether the connection was borrowed before. The first request on such a connection may fail although the server
     * works, if the server has just closed it; a request that may be repeated can then be tried once more. A protocol
     * in which the server speaks first does so only if this is false.
     *
     * @return whether it was
     */
    public boolean reused() {
        return reused;
    }

    /**
     * Returns the connection to the pool. From this call on the handler of the borrower is not called any more, apart
     * from a callback that is running. The connection is lent again only if it is open in both directions, everything
     * received was read, not more is pending than the high watermark, and nothing is received from now on; otherwise it
     * is closed. May be called any number of times; only the first one has an effect.
     */
    public void release() {
        if (released.compareAndSet(false, true)) {
            onRelease.run();
        }
    }
}
