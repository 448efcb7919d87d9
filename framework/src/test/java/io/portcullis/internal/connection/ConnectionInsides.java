// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.internal.states.DrawnTable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What tests of other packages see of a connection. */
public final class ConnectionInsides {
    private ConnectionInsides() {}

    public static Life.State life(SocketConnection connection) {
        return connection.driver.core.life.state();
    }

    /** The change of its filter that is under way, or null. */
    public static @Nullable Upgrade upgrade(SocketConnection connection) {
        return connection.driver.filters.upgrade();
    }

    public static boolean paused(SocketConnection connection) {
        return connection.driver.core.input.paused();
    }

    /** How many wait for what becomes of it. */
    public static int awaited(SocketConnection connection) {
        return connection.driver.core.requests.awaited();
    }

    /** Goes through every cell of the states of a handshake that may have to wait. */
    public static void assertTurnstileDrawn(String... rows) {
        DrawnTable.assertDrawn(Turnstile.TRANSITIONS, List.of(Turnstile.State.values()), List.of(rows));
    }

    /** Goes through every cell of the states of its callbacks, if those run on an executor. */
    public static void assertLaneDrawn(String... rows) {
        DrawnTable.assertDrawn(ExecutorLane.TRANSITIONS, List.of(ExecutorLane.State.values()), List.of(rows));
    }
}
