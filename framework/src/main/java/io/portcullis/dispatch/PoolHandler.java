// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The handler of a pooled connection: passes everything on to that of the borrower, and finds out whether the
 * connection may have another one. In the turn of the connection, but for what says otherwise.
 */
final class PoolHandler extends StatefulHandler {
    /** Whose connection it is. */
    interface Owner {
        /** Nobody has the connection, and it has become unusable. */
        void spoiled();
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Owner owner;
    private @Nullable ConnectionHandler borrower;

    /** Whether the borrower has returned the connection, and the turn may not have seen that yet. */
    private volatile boolean returning;

    private boolean opened;
    private boolean leftUnread;
    private boolean unusable;

    PoolHandler(Owner owner) {
        this.owner = owner;
    }

    /** Somebody has the connection from now on. */
    void attach(ConnectionHandler handler) {
        borrower = handler;
        returning = false;
        leftUnread = false;
    }

    /** The borrower is told nothing more; from any thread. */
    void dismiss() {
        returning = true;
    }

    /** Nobody has the connection from now on. */
    void detach() {
        borrower = null;
    }

    /** Whether the connection may have a borrower. */
    boolean usable(Connection connection) {
        return !unusable && !leftUnread && connection.write(NOTHING);
    }

    private @Nullable ConnectionHandler current() {
        return returning ? null : borrower;
    }

    /**
     * Nothing is delivered until somebody has the connection: a server may speak first. Called again when it takes the
     * connection back from a borrower, who may have given it to another handler.
     */
    @Override
    public void onOpen(Connection connection) {
        if (!opened) {
            opened = true;
            connection.pause();
        }
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        ConnectionHandler handler = current();
        if (handler == null) {
            data.position(data.limit());
            spoil();
            connection.abort();
        } else {
            handler.onData(connection, data);
            leftUnread = data.hasRemaining();
        }
    }

    @Override
    public void onSecured(Connection connection) {
        ConnectionHandler handler = current();
        if (handler != null) {
            handler.onSecured(connection);
        }
    }

    @Override
    public void onWritable(Connection connection) {
        ConnectionHandler handler = current();
        if (handler != null) {
            handler.onWritable(connection);
        }
    }

    @Override
    public boolean onIdle(Connection connection, Idle idle) {
        ConnectionHandler handler = current();
        return handler != null && handler.onIdle(connection, idle);
    }

    @Override
    public void onEndOfInput(Connection connection) {
        ConnectionHandler handler = current();
        if (handler == null) {
            spoil();
            connection.close();
        } else {
            unusable = true;
            handler.onEndOfInput(connection);
        }
    }

    private void spoil() {
        unusable = true;
        owner.spoiled();
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        ConnectionHandler handler = current();
        unusable = true;
        borrower = null;
        if (handler != null) {
            handler.onClose(connection, reason, cause);
        }
    }
}
