// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.internal.connection.Role;
import io.portcullis.internal.endpoint.RefusedHandler;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Wraps the handler of a client's connection, and reports to the connect how the opening went. */
public final class ClientHandler implements ConnectionHandler, Role {
    /** The connect that created the connection. Called on the connection's strand. */
    interface Connecting {
        /** Called when the connection is ready for data; returns whether it is still wanted. */
        boolean opens(Connection connection);

        /** Called when the handler's {@code onOpen} has returned. */
        void opened(Connection connection);

        /**
         * Called when the connection has ended, possibly before it was open, or while the handler's {@code onOpen} was
         * running.
         */
        void closed(Connection connection, CloseReason reason, @Nullable Throwable cause);
    }

    private final Connecting connect;
    private final boolean relayed;
    private ConnectionHandler handler;

    /**
     * Creates the handler of one connect.
     *
     * @param relayed whether the handler is the far side of a relay
     */
    ClientHandler(Connecting connect, ConnectionHandler handler, boolean relayed) {
        this.connect = connect;
        this.handler = handler;
        this.relayed = relayed;
    }

    /** Replaces the handler if it keeps state and already serves another connection. */
    @Override
    public void serves(Connection connection) {
        handler = RefusedHandler.unlessTaken(handler, connection);
    }

    /** Returns true for the far side of a relay only, whose callbacks are framework code. */
    @Override
    public boolean onStrand() {
        return relayed;
    }

    @Override
    public boolean opens(Connection connection) {
        return connect.opens(connection);
    }

    @Override
    public void ended(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        connect.closed(connection, reason, cause);
    }

    @Override
    public void onOpen(Connection connection) {
        handler.onOpen(connection);
        connect.opened(connection);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        handler.onData(connection, data);
    }

    @Override
    public void onSecured(Connection connection) {
        handler.onSecured(connection);
    }

    @Override
    public int requiredUnreadLimit() {
        return handler.requiredUnreadLimit();
    }

    @Override
    public void onWritable(Connection connection) {
        handler.onWritable(connection);
    }

    @Override
    public boolean onIdle(Connection connection, Idle idle) {
        return handler.onIdle(connection, idle);
    }

    @Override
    public void onDrain(Connection connection) {
        handler.onDrain(connection);
    }

    @Override
    public void onEndOfInput(Connection connection) {
        handler.onEndOfInput(connection);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        handler.onClose(connection, reason, cause);
    }
}
