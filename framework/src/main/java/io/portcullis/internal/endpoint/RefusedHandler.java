// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.endpoint;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;

/**
 * A replacement for a handler that already serves another connection. It fails when the connection opens, and calls no
 * method of that handler.
 */
public record RefusedHandler(IllegalStateException refusal) implements ConnectionHandler {

    /** Returns the handler if it may serve this connection, otherwise a replacement that fails. */
    public static ConnectionHandler unlessTaken(ConnectionHandler handler, Connection connection) {
        if (handler instanceof StatefulHandler stateful) {
            try {
                stateful.bind(connection);
            } catch (IllegalStateException refusal) {
                return new RefusedHandler(refusal);
            }
        }
        return handler;
    }

    @Override
    public void onOpen(Connection connection) {
        throw refusal;
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        data.position(data.limit());
    }
}
