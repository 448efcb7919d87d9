// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * A handler that keeps something of its connection in its fields, and so serves one connection only. If the same object is returned
 * for a second connection, that one is told nothing and ends with {@link CloseReason#HANDLER_FAILED}, and the first goes on
 * unharmed: the bytes of two peers never meet in one object.
 *
 * <p>A handler without state, such as a lambda that captures nothing that changes, need not extend this and may be shared.
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
     * Takes a connection as the one that this handler serves. The framework calls this for each new connection, before the handler is
     * told anything of it; a handler that passes callbacks on to another one should do the same. May be called again for the same
     * connection.
     *
     * @param connection the connection
     * @throws IllegalStateException if this handler serves another connection, or has served one
     */
    public final void take(Connection connection) {
        Object before = OWN.compareAndExchange(this, null, connection);
        if (before != null && !before.equals(connection)) {
            throw new IllegalStateException(
                    "one " + getClass().getName() + " was given to two connections, whose bytes it"
                            + " would mix; return a new handler for each connection");
        }
    }
}
