// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;

/**
 * What handlers of messages have in common: they take what is whole, and let no message go that has come when the
 * server drains.
 */
abstract class MessageHandler extends StatefulHandler {
    /**
     * Whether something was left: a part of a message, or messages that wait until the connection is receiving again.
     */
    private boolean unread;

    private boolean draining;

    /** Hands on the messages that are whole, as long as the connection is receiving. */
    abstract void handOn(Connection connection, ByteBuffer data);

    @Override
    public final void onData(Connection connection, ByteBuffer data) {
        bind(connection);
        handOn(connection, data);
        unread = data.hasRemaining();
        closeWhenDone(connection);
    }

    /**
     * The server drains: closes the connection as soon as nothing is left of what has been received. A message that has
     * begun to arrive is awaited and handed on, and so are messages that wait because the handler has paused or too
     * much waits to be sent. While the handler has paused, nothing is closed: it ends the connection itself behind what
     * it is at, or at the latest the deadline does.
     */
    @Override
    public void onDrain(Connection connection) {
        draining = true;
        // In a turn of its own, behind what has been received meanwhile
        connection.execute(() -> closeWhenDone(connection));
    }

    /** If the server drains, and nothing is left of what has been received, closes the connection. */
    @Override
    public void onWritable(Connection connection) {
        closeWhenDone(connection);
    }

    private void closeWhenDone(Connection connection) {
        if (draining && !unread && connection.receiving()) {
            connection.close();
        }
    }
}
