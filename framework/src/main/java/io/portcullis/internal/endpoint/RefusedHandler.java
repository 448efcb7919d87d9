// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.endpoint;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;

/**
 * In place of a handler that has another connection already: fails when the connection is open, and tells that handler
 * nothing.
 */
public record RefusedHandler(IllegalStateException refusal) implements ConnectionHandler {

    /** The handler, if it may serve this connection. */
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
