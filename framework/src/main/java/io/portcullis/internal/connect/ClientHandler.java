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

/** In front of the handler of a client's connection: its connect is told how the opening went. */
public final class ClientHandler implements ConnectionHandler, Role {
    /** What has made the connection; on the connection's strand. */
    interface Connecting {
        /** The connection is ready for data; returns whether somebody still wants it. */
        boolean opens(Connection connection);

        /** Its handler has been told. */
        void opened(Connection connection);

        /** The connection has ended, perhaps before it was open, or while its handler was told so. */
        void closed(Connection connection, CloseReason reason, @Nullable Throwable cause);
    }

    private final Connecting connect;
    private final boolean relayed;
    private ConnectionHandler handler;

    /**
     * Of one connect.
     *
     * @param relayed whether the handler is the far side of a relay
     */
    ClientHandler(Connecting connect, ConnectionHandler handler, boolean relayed) {
        this.connect = connect;
        this.handler = handler;
        this.relayed = relayed;
    }

    /** It may be the first of its handler only, if that keeps state. */
    @Override
    public void serves(Connection connection) {
        handler = RefusedHandler.unlessTaken(handler, connection);
    }

    /** The far side of a relay is the machine's own. */
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
