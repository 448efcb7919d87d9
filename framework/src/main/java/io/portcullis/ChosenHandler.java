// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Passes everything on to a handler that is chosen when the connection is open. */
final class ChosenHandler extends StatefulHandler {
    private static final ConnectionHandler NOBODY = (connection, data) -> {};

    private final Function<? super Connection, ? extends ConnectionHandler> choice;
    private ConnectionHandler chosen = NOBODY;

    ChosenHandler(Function<? super Connection, ? extends ConnectionHandler> choice) {
        this.choice = Objects.requireNonNull(choice, "choice");
    }

    @Override
    public void onOpen(Connection connection) {
        ConnectionHandler answer = Objects.requireNonNull(choice.apply(connection), "the choice of a handler");
        if (answer instanceof StatefulHandler stateful) {
            stateful.take(connection);
        }
        chosen = answer;
        chosen.onOpen(connection);
    }

    @Override
    public void onSecured(Connection connection) {
        chosen.onSecured(connection);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        chosen.onData(connection, data);
    }

    @Override
    public int unreadNeeded() {
        return chosen.unreadNeeded();
    }

    @Override
    public void onWritable(Connection connection) {
        chosen.onWritable(connection);
    }

    @Override
    public void onDrain(Connection connection) {
        chosen.onDrain(connection);
    }

    @Override
    public void onEndOfInput(Connection connection) {
        chosen.onEndOfInput(connection);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        chosen.onClose(connection, reason, cause);
    }
}
