// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.TlsProfile;
import java.util.concurrent.CompletableFuture;

/** Connects. */
public final class Client {
    private Client() {}

    /**
     * Starts the settings of a client.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder();
    }

    /**
     * Connects; completes after the handshake, if there is one.
     *
     * @param host the name or address; under TLS the certificate must be valid for it
     * @param port the port
     * @param handler of the connection
     * @return the open connection
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler) {
        throw new UnsupportedOperationException();
    }

    /** Settings of a client. */
    public static final class Builder {
        Builder() {}

        /**
         * Uses TLS; without this connections are plain.
         *
         * @param profile the configuration
         * @return this
         */
        public Builder tls(TlsProfile profile) {
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         */
        public Client build() {
            return new Client();
        }
    }
}
