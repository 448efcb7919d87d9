// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A handler that keeps something of its connection in its fields, and so serves one connection only. If the same object
 * is returned for a second connection, that one is told nothing and ends with {@link CloseReason#HANDLER_FAILED}, and
 * the first goes on unharmed: the bytes of two peers never meet in one object.
 *
 * <p>A handler without state, such as a lambda that captures nothing that changes, need not extend this and may be
 * shared.
 */
public abstract class StatefulHandler implements ConnectionHandler {
    private static final VarHandle OWN;

    static {
        try {
            OWN = MethodHandles.lookup().findVarHandle(StatefulHandler.class, "own", Connection.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile @Nullable Connection own;

    /** A handler that has no connection yet. */
    protected StatefulHandler() {}

    /**
     * Takes a connection as the one that this handler serves. The framework calls this for each new connection, before
     * the handler is told anything of it; a handler that passes callbacks on to another one should do the same. May be
     * called again for the same connection.
     *
     * @param connection the connection
     * @throws IllegalStateException if this handler serves another connection, or has served one
     */
    public final void bind(Connection connection) {
        Object before = OWN.compareAndExchange(this, null, connection);
        if (before != null && !before.equals(connection)) {
            throw new IllegalStateException(
                    "one " + getClass().getName() + " was given to two connections, whose bytes it"
                            + " would mix; return a new handler for each connection");
        }
    }

    /** What {@link ConnectionHandler#selecting} answers. */
    static ConnectionHandler selecting(Function<? super Connection, ? extends ConnectionHandler> choice) {
        return new Chosen(choice);
    }

    /** Passes everything on to a handler that is chosen when the connection is open. */
    private static final class Chosen extends StatefulHandler {
        private static final ConnectionHandler NOBODY = (connection, data) -> {};

        private final Function<? super Connection, ? extends ConnectionHandler> choice;
        private ConnectionHandler chosen = NOBODY;

        Chosen(Function<? super Connection, ? extends ConnectionHandler> choice) {
            this.choice = Objects.requireNonNull(choice, "choice");
        }

        @Override
        public void onOpen(Connection connection) {
            ConnectionHandler answer = Objects.requireNonNull(choice.apply(connection), "the choice of a handler");
            if (answer instanceof StatefulHandler stateful) {
                stateful.bind(connection);
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
        public int requiredUnreadLimit() {
            return chosen.requiredUnreadLimit();
        }

        @Override
        public void onWritable(Connection connection) {
            chosen.onWritable(connection);
        }

        @Override
        public boolean onIdle(Connection connection, Idle idle) {
            return chosen.onIdle(connection, idle);
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
}
