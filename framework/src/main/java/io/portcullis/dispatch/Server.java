// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionListener;
import io.portcullis.Gate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Listens on any number of addresses. */
public final class Server implements AutoCloseable {
    private Server() {}

    /**
     * Starts the settings of a server.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder();
    }

    /**
     * The bound addresses, in the order of the listen calls.
     *
     * @return the addresses
     */
    public List<InetSocketAddress> addresses() {
        throw new UnsupportedOperationException();
    }

    /** Stops listening and closes every connection in order. Does not wait; {@link #closed()} does. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /**
     * Completes when the server was closed and its last connection has ended.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        throw new UnsupportedOperationException();
    }

    /** Settings of a server. */
    public static final class Builder {
        Builder() {}

        /**
         * Listens on all addresses of this machine.
         *
         * @param port the port, 0 for any free one
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(int port, Gate gate) {
            return this;
        }

        /**
         * Listens on one address.
         *
         * @param address the address
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate) {
            return this;
        }

        /**
         * Listens on one address, with a handler of its own.
         *
         * @param address the address
         * @param gate decides what each connection is
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate, Supplier<? extends ConnectionHandler> handler) {
            return this;
        }

        /**
         * The handler of listeners that have none of their own.
         *
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder handler(Supplier<? extends ConnectionHandler> handler) {
            return this;
        }

        /**
         * Observes the connections.
         *
         * @param listener the observer
         * @return this
         */
        public Builder listener(ConnectionListener listener) {
            return this;
        }

        /**
         * Until when a connection must be open for data.
         *
         * @param timeout counted from the accept; not re-armed by bytes
         * @return this
         */
        public Builder handshakeTimeout(Duration timeout) {
            return this;
        }

        /**
         * After how long without a byte in either direction a connection ends.
         *
         * @param timeout the time
         * @return this
         */
        public Builder idleTimeout(Duration timeout) {
            return this;
        }

        /**
         * Binds and starts to accept.
         *
         * @return the server
         * @throws IOException if an address cannot be bound; nothing stays bound
         */
        public Server start() throws IOException {
            throw new UnsupportedOperationException();
        }
    }
}
