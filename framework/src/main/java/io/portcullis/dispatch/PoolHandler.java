// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The handler of a pooled connection. It forwards all callbacks to the handler of the borrower, and determines whether
 * the connection may be lent again. Except where noted, its methods are called in the turn of the connection.
 */
final class PoolHandler implements ConnectionHandler {
    /** The owner of the connection. */
    interface Owner {
        /** Called when the connection has become unusable without a borrower. */
        void spoiled();
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Owner owner;
    private @Nullable ConnectionHandler borrower;

    /** Whether the borrower has returned the connection, possibly before the turn has seen it. */
    private volatile boolean returning;

    private boolean opened;
    private boolean unusable;

    PoolHandler(Owner owner) {
        this.owner = owner;
    }

    /** Starts forwarding to the handler of a borrower. */
    void attach(ConnectionHandler handler) {
        borrower = handler;
        returning = false;
    }

    /** Stops calling the borrower's handler; from any thread. */
    void dismiss() {
        returning = true;
    }

    /** Removes the borrower's handler. */
    void detach() {
        borrower = null;
    }

    /** Returns whether the connection may be lent. */
    boolean usable(Connection connection) {
        return !unusable && connection.write(NOTHING);
    }

    private @Nullable ConnectionHandler current() {
        return returning ? null : borrower;
    }

    /**
     * Pauses the connection until it has a borrower, because the server may speak first. Called again when this handler
     * takes a connection back.
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
        if (handler == null) {
            spoil();
            return false;
        }
        return handler.onIdle(connection, idle);
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
