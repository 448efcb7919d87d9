// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.util.concurrent.CompletableFuture;

/**
 * Finds out whether a pooled connection that has been idle still works, before it is lent again
 * ({@link ConnectionPool.Builder#healthCheck}).
 */
@FunctionalInterface
public interface HealthCheck {

    /**
     * Begins a check. The handler that is returned has the connection until the future is completed: its
     * {@link ConnectionHandler#onOpen onOpen} is called at once and may send a question, its
     * {@link ConnectionHandler#onData onData} receives the answer and must read it to its end. A check that sends
     * nothing may complete the future before it returns.
     *
     * @param connection the connection, in whose turn this is called; what it throws ends the connection
     * @param healthy to be completed with true if the connection may be lent; with anything else, or too late, the
     *     connection is aborted and the next one is tried
     * @return a new handler
     */
    ConnectionHandler begin(Connection connection, CompletableFuture<Boolean> healthy);
}
