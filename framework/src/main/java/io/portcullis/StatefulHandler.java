// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A handler that keeps the state of its connection in fields, and so serves one connection only. If the same object is
 * returned for a second connection, that one ends with {@link CloseReason#HANDLER_FAILED} without any callback, and the
 * first is not affected: the bytes of two peers never mix in one object.
 *
 * <p>A handler without state, such as a lambda that captures nothing mutable, need not extend this class and may be
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

    /** Set when its connection was given to another handler. */
    private volatile boolean released;

    /** Creates a handler that is not bound to a connection yet. */
    protected StatefulHandler() {}

    /**
     * Binds this handler to the connection that it serves. The framework calls this method for each new connection,
     * before any callback; a handler that delegates to another one should do the same. It may be called again for the
     * same connection.
     *
     * @param connection the connection
     * @throws IllegalStateException if this handler serves another connection, or has served one
     */
    public final void bind(Connection connection) {
        Object before = OWN.compareAndExchange(this, null, connection);
        if (released || (before != null && !before.equals(connection))) {
            throw new IllegalStateException(
                    "one " + getClass().getName() + " was given to two connections, whose bytes it"
                            + " would mix; return a new handler for each connection");
        }
    }

    /**
     * Releases this handler from its connection, after which it serves no other one. The framework calls this method
     * when the connection is given to another handler. Nothing happens if that is this handler itself.
     *
     * @param next the handler that the connection is given to
     */
    public final void release(ConnectionHandler next) {
        if (!equals(next)) {
            released = true;
            releaseDelegate(next);
        }
    }

    /**
     * Releases the handler that this one delegates to, if any.
     *
     * @param next the handler that the connection is given to, which may be the delegate itself
     */
    void releaseDelegate(ConnectionHandler next) {}

    /**
     * Whether the connection has been given to another handler ({@link Connection#handler(ConnectionHandler)}), so that
     * what this one has planned is void.
     *
     * @return whether it has
     */
    protected final boolean released() {
        return released;
    }

    /** Implements {@link ConnectionHandler#selecting}. */
    static ConnectionHandler selecting(Function<? super Connection, ? extends ConnectionHandler> choice) {
        return new Chosen(choice);
    }

    /** Delegates to a handler that is selected when the connection is open. */
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
        void releaseDelegate(ConnectionHandler next) {
            if (chosen instanceof StatefulHandler stateful) {
                stateful.release(next);
            }
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
