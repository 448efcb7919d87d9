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
 * Connections of a client to one server that are lent to one borrower after the other ({@link Client#pool}). All
 * methods may be called from any thread and none blocks.
 *
 * <p><b>Borrowing.</b> {@link #acquire} gives the connection to the handler of the borrower, which sees it as if it had
 * just been connected: {@code onOpen}, {@code onData}, and, if the connection ends before it is released,
 * {@code onClose}. {@link PooledConnection#release()} returns it, and sets its idle timeouts to those of the client;
 * what a borrower has scheduled, and socket options that it has set, stay unless it takes them back. Connections are
 * made when they are needed; of those that are idle, the one that was used last is lent first.
 *
 * <p><b>Limit.</b> There are never more than {@link Builder#maxConnections maxConnections} connections. One counts from
 * the beginning of its connect until it has ended, so one that was closed still counts until its peer has closed it,
 * too, or until {@code closeTimeout}. One whose handshake has failed does not count any more while it sends its alert.
 *
 * <p><b>Order.</b> Acquires are served in the order of their calls, and a new one does not overtake those that wait.
 *
 * <p><b>Failure.</b> An acquire fails with an {@link AcquireFailedException} at its deadline, if too many others wait,
 * or if the pool is closed; with a {@link io.portcullis.ConnectFailedException} if a connect that was begun for those
 * who wait has failed, which fails the first of them; and with what the handler threw. Cancelling the future, or
 * completing it in another way, gives the acquire up: the connection serves whoever waits next. If the handler has been
 * given the connection by then, the connection is aborted, because the handler may have begun a conversation.
 *
 * <p><b>What is lent.</b> A connection that has ended, that has received bytes or the end of the stream while nobody
 * had it, that was returned with bytes left unread, half-closed or in the middle of an upgrade is not lent again. What
 * nobody can see beforehand is a server that is closing the connection at this moment; see
 * {@link PooledConnection#reused()} and {@link Builder#healthCheck}. Whether a response is still to come is known to
 * the borrower alone, which then closes the connection instead of returning it.
 *
 * <p><b>Other limits.</b> A connection that is idle is also subject to the {@code idleTimeout} of its client.
 */
public final class ConnectionPool implements AutoCloseable {
    private final PoolCore core;

    private ConnectionPool(Builder builder) {
        core = new PoolCore(builder.target, builder.settings, builder.endpoint, builder.connect);
    }

    /**
     * Borrows a connection.
     *
     * @param handler has the connection until the release; a new one for each call unless it keeps no state
     * @return completes with the connection behind the handler's {@code onOpen}, or fails as described above. Code that
     *     depends on it runs on a dispatcher thread and must not block; if callbacks run on an executor, success is
     *     told there
     */
    public CompletableFuture<PooledConnection> acquire(ConnectionHandler handler) {
        return core.acquire(Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Closes the pool: acquires that wait and later ones fail, idle connections are closed now, and those that are
     * borrowed when they are released. Does not wait; {@link #closed()} tells when it is done. May be called any number
     * of times.
     */
    @Override
    public void close() {
        core.close();
    }

    /**
     * Completes when the pool was closed and its last connection has ended.
     *
     * @return the future; code that depends on it runs on a dispatcher thread and must not block
     */
    public CompletableFuture<Void> closed() {
        return core.end().copy();
    }

    /**
     * The state at this moment.
     *
     * @return the figures, all of the same moment
     */
    public ConnectionPoolStatistics statistics() {
        return core.statistics();
    }

    /** Settings of a pool. */
    public static final class Builder {
        private final String target;
        private final Endpoint endpoint;
        private final Function<ConnectionHandler, CompletableFuture<Connection>> connect;
        private final Consumer<ConnectionPool> made;
        private PoolSettings settings = PoolSettings.DEFAULT;

        /**
         * Default settings.
         *
         * @param target what it connects to, for messages
         * @param endpoint that of the client
         * @param connect connects with a handler
         * @param made told of the pool
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
         * Limits the connections: 16 by default.
         *
         * @param count at least 1
         * @return this
         */
        public Builder maxConnections(int count) {
            settings = settings.withMaxConnections(atLeast(1, "maxConnections", count));
            return this;
        }

        /**
         * Limits how many acquires wait for connections that others have: 1,000 by default. Those for which a
         * connection is being made or checked are not counted.
         *
         * @param count at least 0
         * @return this
         */
        public Builder maxPendingAcquires(int count) {
            settings = settings.withMaxPending(atLeast(0, "maxPendingAcquires", count));
            return this;
        }

        /**
         * Sets how long an acquire may take, with everything that is done for it: 10 seconds by default. Kept to a
         * tenth of a second.
         *
         * @param timeout more than 0
         * @return this
         */
        public Builder acquireTimeout(Duration timeout) {
            settings = settings.withAcquire(PoolSettings.nanos("acquireTimeout", timeout));
            return this;
        }

        /**
         * Sets after how long a connection that nobody has borrowed is closed: 30 seconds by default. Should be less
         * than the time after which the server closes it.
         *
         * @param time more than 0
         * @return this
         */
        public Builder maxIdleTime(Duration time) {
            settings = settings.withMaxIdle(PoolSettings.nanos("maxIdleTime", time));
            return this;
        }

        /**
         * Sets for how long a connection is lent, counted from its connect: 30 minutes by default, of each connection
         * up to a twentieth less, so that not all are replaced at once. A connection that is borrowed is not cut, but
         * closed when it is returned.
         *
         * @param time more than 0
         * @return this
         */
        public Builder maxLifetime(Duration time) {
            settings = settings.withMaxLifetime(PoolSettings.nanos("maxLifetime", time));
            return this;
        }

        /**
         * Checks each connection before it is lent again; without this, that it is open and has received nothing is
         * enough. Not used for a connection that has just been made. Costs a round trip for each acquire if it asks the
         * server.
         *
         * @param check how
         * @param timeout how long a check may take, more than 0; the deadline of the acquire goes on meanwhile
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
         * Makes the pool, without connections.
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
