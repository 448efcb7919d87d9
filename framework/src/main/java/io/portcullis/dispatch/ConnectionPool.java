// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.internal.endpoint.Endpoint;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A pool of a client's connections to one server ({@link Client#pool}). Each connection is lent to one borrower at a
 * time. All methods may be called from any thread, and none blocks.
 *
 * <p><b>Borrowing.</b> {@link #acquire} gives a connection to the handler of the borrower, which receives the same
 * callbacks as for a new connection: {@code onOpen}, {@code onData}, and, if the connection ends before it is released,
 * {@code onClose}. {@link PooledConnection#release()} returns it and resets its idle timeouts to those of the client;
 * scheduled tasks and socket options set by a borrower remain unless the borrower reverts them. Connections are made on
 * demand; among the idle ones, the most recently used one is lent first.
 *
 * <p><b>Limit.</b> There are never more than {@link Builder#maxConnections maxConnections} connections. A connection
 * counts from the beginning of its connect until it has ended, so one that was closed still counts until its peer has
 * closed it as well, or until {@code closeTimeout}. A connection whose handshake has failed no longer counts while it
 * sends its alert.
 *
 * <p><b>Order.</b> Acquires are served in the order of their calls; a new acquire does not overtake waiting ones.
 *
 * <p><b>Failure.</b> An acquire fails with an {@link AcquireFailedException} at its deadline, if too many others are
 * waiting, or if the pool is closed. When a connect fails, the first waiting acquire fails with its
 * {@link io.portcullis.ConnectFailedException}. An acquire also fails with an exception that its handler throws.
 * Cancelling the future, or completing it otherwise, abandons the acquire, and the connection serves the next one. If
 * the handler has already been given the connection, the connection is aborted, because the handler may have begun an
 * exchange.
 *
 * <p><b>Reuse.</b> A connection is not lent again if it has ended, if it received bytes or the end of the stream while
 * it had no borrower, or if it was returned half-closed, with unread bytes, or during an upgrade. A server that is just
 * closing the connection cannot be detected in advance; see {@link PooledConnection#reused()} and
 * {@link Builder#healthCheck}. Only the borrower knows whether a response is still outstanding; if one is, it closes
 * the connection instead of returning it.
 *
 * <p><b>Other limits.</b> An idle connection is also subject to the {@code idleTimeout} of its client.
 */
public final class ConnectionPool implements AutoCloseable {
    private final PoolCore core;

    private ConnectionPool(Builder builder) {
        core = new PoolCore(builder.target, builder.settings, builder.endpoint, builder.connect);
    }

    /**
     * Borrows a connection.
     *
     * @param handler receives the callbacks of the connection until the release; a new one for each call unless it is
     *     stateless
     * @return completes with the connection after the handler's {@code onOpen}, or fails as described above. Dependent
     *     stages run on a dispatcher thread and must not block; if callbacks run on an executor, those of a successful
     *     acquire run there
     */
    public CompletableFuture<PooledConnection> acquire(ConnectionHandler handler) {
        return core.acquire(Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Borrows a connection for a handler that releases it itself:
     *
     * <pre>{@code
     * pool.acquire(borrowed -> new Exchange(borrowed, request));
     * }</pre>
     *
     * @param handler creates the handler of the loan, in the connection's turn, and keeps its argument until
     *     {@code onOpen}; what it throws fails the future, and the connection serves the next acquire
     * @return as of {@link #acquire(ConnectionHandler)}
     */
    public CompletableFuture<PooledConnection> acquire(
            Function<? super PooledConnection, ? extends ConnectionHandler> handler) {
        return core.acquire(Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Closes the pool: waiting and later acquires fail, idle connections are closed now, and borrowed ones when they
     * are released. Does not wait; {@link #closed()} completes at the end. May be called any number of times.
     */
    @Override
    public void close() {
        core.close();
    }

    /**
     * Returns a future that completes when the pool has been closed and its last connection has ended.
     *
     * @return the future; dependent stages run on a dispatcher thread and must not block
     */
    public CompletableFuture<Void> closed() {
        return core.end().copy();
    }

    /**
     * Returns the current state and the counters of the pool.
     *
     * @return a consistent snapshot
     */
    public ConnectionPoolStatistics statistics() {
        return core.statistics();
    }

    /** A builder of pools. */
    public static final class Builder {
        private final String target;
        private final Endpoint endpoint;
        private final Function<ConnectionHandler, CompletableFuture<Connection>> connect;
        private final Consumer<ConnectionPool> made;
        private PoolSettings settings = PoolSettings.DEFAULT;

        /**
         * Creates a builder with the default settings.
         *
         * @param target the name of the server, for messages
         * @param endpoint the client's endpoint
         * @param connect connects with a handler
         * @param made receives the pool that is built
         */
        Builder(
                String target,
                Endpoint endpoint,
                Function<ConnectionHandler, CompletableFuture<Connection>> connect,
                Consumer<ConnectionPool> made) {
            this.target = target;
            this.endpoint = endpoint;
            this.connect = connect;
            this.made = made;
        }

        /**
         * Sets the maximum number of connections: 16 by default.
         *
         * @param count at least 1
         * @return this
         */
        public Builder maxConnections(int count) {
            settings = settings.withMaxConnections(atLeast(1, "maxConnections", count));
            return this;
        }

        /**
         * Sets the maximum number of acquires that wait for borrowed connections: 1,000 by default. Acquires for which
         * a connection is being made, checked or returned are not counted.
         *
         * @param count at least 0
         * @return this
         */
        public Builder maxPendingAcquires(int count) {
            settings = settings.withMaxPending(atLeast(0, "maxPendingAcquires", count));
            return this;
        }

        /**
         * Sets the maximum duration of an acquire, including connects and checks: 10 seconds by default. The precision
         * is a tenth of a second.
         *
         * @param timeout more than 0
         * @return this
         */
        public Builder acquireTimeout(Duration timeout) {
            settings = settings.withAcquire(PoolSettings.nanos("acquireTimeout", timeout));
            return this;
        }

        /**
         * Sets how long a connection may be idle in the pool before it is closed: 30 seconds by default. Choose less
         * than the idle timeout of the server.
         *
         * @param time more than 0
         * @return this
         */
        public Builder maxIdleTime(Duration time) {
            settings = settings.withMaxIdle(PoolSettings.nanos("maxIdleTime", time));
            return this;
        }

        /**
         * Sets how long a connection may be lent, counted from its connect: 30 minutes by default. Each connection
         * lives up to a twentieth less, chosen at random, so that not all are replaced at once. A borrowed connection
         * is not interrupted, but closed when it is returned.
         *
         * @param time more than 0
         * @return this
         */
        public Builder maxLifetime(Duration time) {
            settings = settings.withMaxLifetime(PoolSettings.nanos("maxLifetime", time));
            return this;
        }

        /**
         * Checks each connection before it is lent again. By default, a connection is lent again if it is open and has
         * received nothing. A new connection is not checked. A check that sends a request to the server costs a round
         * trip per acquire.
         *
         * @param check the check
         * @param timeout how long a check may take, more than 0; the deadline of the acquire still applies
         * @return this
         */
        public Builder healthCheck(HealthCheck check, Duration timeout) {
            settings = settings.withCheck(
                    Objects.requireNonNull(check, "check"), PoolSettings.nanos("healthCheck timeout", timeout));
            return this;
        }

        private static int atLeast(int least, String what, int count) {
            if (count < least) {
                throw new IllegalArgumentException(what + " must be at least " + least + ", not " + count);
            }
            return count;
        }

        /**
         * Builds the pool, initially without connections.
         *
         * @return the pool
         */
        public ConnectionPool build() {
            ConnectionPool pool = new ConnectionPool(this);
            made.accept(pool);
            return pool;
        }
    }
}
