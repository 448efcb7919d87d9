// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.parts.Input;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Output;
import io.portcullis.internal.parts.SocketWrite;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.internal.states.DrawnTable;
import io.portcullis.internal.states.Transitions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every cell of the state tables of a connection's parts: exactly the transitions that are drawn are allowed. */
class StateTablesTest {
    static Stream<Arguments> tables() {
        return Stream.of(ofConnections(), ofChanges(), ofStreams(), ofBytes()).flatMap(each -> each);
    }

    private static Stream<Arguments> ofConnections() {
        return Stream.of(
                Arguments.of(
                        Life.TRANSITIONS,
                        List.of(Life.State.values()),
                        List.of(
                                "NEW: OPENING",
                                "OPENING: OPEN CLOSING ENDED",
                                "OPEN: SECURING STOPPING CLOSING ENDED",
                                "SECURING: OPEN CLOSING ENDED",
                                "STOPPING: OPEN CLOSING ENDED",
                                "CLOSING: LINGERING ENDED",
                                "LINGERING: ENDED",
                                "ENDED: OVER",
                                "OVER:")),
                Arguments.of(
                        Life.HALF_CLOSE_TRANSITIONS,
                        List.of(Life.HalfClose.values()),
                        List.of("NONE: DEFERRED REQUESTED", "DEFERRED: REQUESTED", "REQUESTED: DONE", "DONE:")));
    }

    private static Stream<Arguments> ofChanges() {
        return Stream.of(
                Arguments.of(
                        Upgrade.ToTls.TRANSITIONS,
                        List.of(Upgrade.ToTls.TlsStart.values()),
                        List.of("REQUESTED: FLUSHING", "FLUSHING: SWITCHED", "SWITCHED:")),
                Arguments.of(
                        Upgrade.ToPlain.TRANSITIONS,
                        List.of(Upgrade.ToPlain.TlsEnd.values()),
                        List.of("FLUSHING: PEER_FIRST AWAITS_PEER", "PEER_FIRST: DONE", "AWAITS_PEER: DONE", "DONE:")));
    }

    private static Stream<Arguments> ofStreams() {
        return Stream.of(
                Arguments.of(
                        Input.TRANSITIONS,
                        List.of(Input.Stream.values()),
                        List.of(
                                "RUNNING: CLOSED ENDED",
                                "CLOSED: RUNNING DELIVERED",
                                "ENDED: DELIVERED",
                                "DELIVERED: OWED",
                                "OWED: DELIVERED")),
                Arguments.of(
                        Output.TRANSITIONS,
                        List.of(Output.Stream.values()),
                        List.of(
                                "RUNNING: STOPPING CLOSING CLOSED",
                                "STOPPING: RUNNING STOPPED CLOSING CLOSED",
                                "STOPPED: RUNNING CLOSED",
                                "CLOSING: CLOSED",
                                "CLOSED:")));
    }

    private static Stream<Arguments> ofBytes() {
        return Stream.of(
                Arguments.of(
                        Input.UNREAD_TRANSITIONS,
                        List.of(Input.Unread.values()),
                        List.of(
                                "WAITS: BEING_READ RESUMED BETWEEN_READS AT_ONCE",
                                "BEING_READ: WAITS RESUMED AT_ONCE",
                                "RESUMED: WAITS BETWEEN_READS AT_ONCE",
                                "BETWEEN_READS: WAITS BEING_READ AT_ONCE",
                                "AT_ONCE: WAITS BEING_READ")),
                Arguments.of(
                        SocketWrite.TRANSITIONS,
                        List.of(SocketWrite.State.values()),
                        List.of(
                                "NONE: STARTING",
                                "STARTING: BACK OUT",
                                "BACK: NONE REST",
                                "OUT: NONE REST",
                                "REST: STARTING")),
                Arguments.of(
                        SocketWrite.CONTENTS_TRANSITIONS,
                        List.of(SocketWrite.Contents.values()),
                        List.of("RECORDS: FULL PLAINTEXT", "FULL: RECORDS", "PLAINTEXT: RECORDS")));
    }

    @ParameterizedTest
    @MethodSource("tables")
    <S extends Enum<S>> void everyCellIsAsItIsDrawn(Transitions<S> table, List<S> states, List<String> drawn) {
        DrawnTable.assertDrawn(table, states, drawn);
    }

    @Test
    void theCallbacksOnAnExecutorFollowTheTable() {
        ConnectionInsides.assertLaneDrawn(
                "IDLE: CALLING KEEPING",
                "CALLING: IDLE LEAVING",
                "KEEPING: CALLING RETURNED RECEIVING",
                "RETURNED: IDLE KEEPING",
                "RECEIVING: IDLE",
                "LEAVING: IDLE");
    }

    @Test
    void bytesAreLentAccordingToTheTable() {
        ConnectionInsides.assertDeliveryDrawn("NONE: LENT", "LENT: NONE PASSED_ON", "PASSED_ON: NONE");
    }

    @Test
    void aHandshakeWaitsForItsPlaceAccordingToTheTable() {
        ConnectionInsides.assertTurnstileDrawn(
                "BEFORE: WAITING INSIDE REFUSED OVER",
                "WAITING: INSIDE REFUSED OVER",
                "INSIDE: BETWEEN OVER",
                "BETWEEN: WAITING INSIDE REFUSED OVER",
                "REFUSED: OVER",
                "OVER:");
    }

    @Test
    void aLifeMakesOnlyAllowedTransitions() {
        Life life = new Life();
        life.become(Life.State.OPENING);
        life.become(Life.State.OPEN);
        assertThrows(IllegalStateException.class, () -> life.become(Life.State.LINGERING));
        assertEquals(Life.State.OPEN, life.state());
        life.become(Life.State.SECURING);
        life.become(Life.State.OPEN);
        life.become(Life.State.CLOSING);
        life.become(Life.State.LINGERING);
        life.become(Life.State.ENDED);
        assertThrows(IllegalStateException.class, () -> life.become(Life.State.OPEN));
        life.become(Life.State.OVER);
    }
}
