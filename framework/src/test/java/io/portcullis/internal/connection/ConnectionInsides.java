// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.internal.states.DrawnTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives tests of other packages access to the internals of a connection. */
public final class ConnectionInsides {
    private ConnectionInsides() {}

    public static Life.State life(SocketConnection connection) {
        return connection.driver.core.life.state();
    }

    /** The pending change of its filter, or null. */
    public static @Nullable Upgrade upgrade(SocketConnection connection) {
        return connection.driver.filters.upgrade();
    }

    public static boolean paused(SocketConnection connection) {
        return connection.driver.core.input.paused();
    }

    /** How many futures wait for its result. */
    public static int awaited(SocketConnection connection) {
        return connection.driver.core.requests.awaited();
    }

    /** Visits every cell of the states of a handshake that may have to wait. */
    public static void assertTurnstileDrawn(String... rows) {
        DrawnTable.assertDrawn(Turnstile.TRANSITIONS, List.of(Turnstile.State.values()), List.of(rows));
    }

    /** Visits every cell of the states of its callbacks, if those run on an executor. */
    public static void assertLaneDrawn(String... rows) {
        DrawnTable.assertDrawn(ExecutorLane.TRANSITIONS, List.of(ExecutorLane.State.values()), List.of(rows));
    }

    /** Visits every cell of the states of bytes lent to a handler. */
    public static void assertDeliveryDrawn(String... rows) {
        DrawnTable.assertDrawn(Callbacks.TRANSITIONS, List.of(Callbacks.Delivery.values()), List.of(rows));
    }
}
