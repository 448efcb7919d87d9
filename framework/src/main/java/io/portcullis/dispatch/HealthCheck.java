// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.util.concurrent.CompletableFuture;

/**
 * Checks whether a pooled connection that has been idle still works, before it is lent again
 * ({@link ConnectionPool.Builder#healthCheck}).
 */
@FunctionalInterface
public interface HealthCheck {

    /**
     * Begins a check. The returned handler has the connection until the future is completed: its
     * {@link ConnectionHandler#onOpen onOpen} is called immediately and may send a request, its
     * {@link ConnectionHandler#onData onData} receives the response and must read it completely. A check that sends
     * nothing may complete the future before it returns.
     *
     * @param connection the connection, in whose turn this method is called; an exception thrown by it ends the
     *     connection
     * @param healthy to be completed with true if the connection may be lent. If it is completed otherwise, or too
     *     late, the connection is aborted and the next one is tried
     * @return a new handler
     */
    ConnectionHandler begin(Connection connection, CompletableFuture<Boolean> healthy);
}
