// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Connects to servers, plain or under TLS; under TLS the server's certificate must be valid for the name that was asked
 * for, unless the profile says otherwise.
 */
public final class Client implements AutoCloseable {
    private final GroupMachine machine;
    private final Endpoint endpoint;
    private final @Nullable TlsProfile tls;

    private Client(Builder builder) {
        this.machine = builder.dispatcher.machine();
        this.endpoint = builder.endpoint(machine);
        this.tls = builder.tls;
        builder.dispatcher.register(endpoint, this);
    }

    /**
     * Starts the settings of a client.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * Connects. The name is resolved off the dispatcher threads.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @param handler of the connection
     * @return completes when the connection is open, after the handshake if there is one, behind the handler's
     *     {@code onOpen}; or with the failure. Code that depends on it runs on a dispatcher thread
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler) {
        Connect connect = new Connect(machine, endpoint, handler);
        if (endpoint.enter()) {
            machine.runTask(() -> connect.start(host, port, () -> filter(host, port)));
        } else {
            connect.refuse();
        }
        return connect.future();
    }

    private Filter filter(String host, int port) {
        return tls == null ? new PlainFilter() : tls.clientFilter(host, port);
    }

    /** Closes every connection in order. Does not wait; {@link #closed()} tells when it is done. */
    @Override
    public void close() {
        endpoint.close();
    }

    /**
     * Completes when the client was closed and its last connection has ended.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.closed().copy();
    }

    /** Settings of a client. */
    public static final class Builder extends EndpointBuilder<Builder> {
        private final Dispatcher dispatcher;
        private @Nullable TlsProfile tls;

        Builder(Dispatcher dispatcher) {
            this.dispatcher = dispatcher;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Uses TLS; without this, connections are plain.
         *
         * @param profile the configuration, shared by all connections, whose sessions are resumed
         * @return this
         */
        public Builder tls(TlsProfile profile) {
            this.tls = profile;
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         */
        public Client build() {
            return new Client(this);
        }
    }
}
