// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * The loop of a handler of messages. It hands on one message after the other as long as the connection is receiving,
 * leaves the rest unread, and does not lose a message that was received when the server drains. Serves one connection,
 * in its callbacks.
 */
final class MessageLoop {
    /** Takes one message out of what was received. */
    interface Step {
        /**
         * Hands on the message at the position and moves the position behind it; returns false, with the position where
         * it was, if there is no whole message.
         */
        boolean handOn(Connection connection, ByteBuffer data);
    }

    /**
     * Whether something was left: a part of a message, or messages that wait until the connection is receiving again.
     */
    private boolean unread;

    private boolean draining;

    void onData(Connection connection, ByteBuffer data, Step step) {
        boolean more = true;
        while (more && data.hasRemaining() && connection.receiving()) {
            more = step.handOn(connection, data);
        }
        unread = data.hasRemaining();
        closeWhenDone(connection);
    }

    /**
     * The server drains.
     *
     * @param released whether the connection has been given to another handler in the meantime
     */
    void onDrain(Connection connection, BooleanSupplier released) {
        draining = true;
        // In a turn of its own, behind what has been received meanwhile
        connection.execute(() -> {
            if (!released.getAsBoolean()) {
                closeWhenDone(connection);
            }
        });
    }

    void onWritable(Connection connection) {
        closeWhenDone(connection);
    }

    private void closeWhenDone(Connection connection) {
        if (draining && !unread && connection.receiving()) {
            connection.close();
        }
    }
}
