// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.states.DrawnTable;
import io.portcullis.internal.states.Transitions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every cell of the state tables of TLS: exactly the transitions that are drawn are allowed. */
class TlsStatesTest {
    static Stream<Arguments> tables() {
        return Stream.of(ofTheFilter(), ofHandshakes(), ofHellos(), ofEngines()).flatMap(tables -> tables);
    }

    private static Stream<Arguments> ofTheFilter() {
        return Stream.of(
                Arguments.of(
                        TlsFilter.INBOUND,
                        List.of(TlsFilter.Inbound.values()),
                        List.of(
                                "OPEN: NETWORK_ENDED CLOSED",
                                "NETWORK_ENDED: CLOSED TRUNCATED",
                                "CLOSED:",
                                "TRUNCATED:")),
                Arguments.of(
                        TlsFilter.OUTBOUND,
                        List.of(TlsFilter.Outbound.values()),
                        List.of("OPEN: CLOSING CUT CLOSED", "CLOSING: CLOSED", "CUT: CLOSED", "CLOSED:")));
    }

    private static Stream<Arguments> ofHandshakes() {
        return Stream.of(
                Arguments.of(
                        HandshakeWatch.SIDES,
                        List.of(HandshakeWatch.Side.values()),
                        List.of("UNKNOWN: CLIENT SERVER", "CLIENT:", "SERVER:")),
                Arguments.of(
                        HandshakeWatch.SENDINGS,
                        List.of(HandshakeWatch.Sent.values()),
                        List.of("NOTHING: RECORDS FATAL_ALERT", "RECORDS: FATAL_ALERT", "FATAL_ALERT: RECORDS")),
                Arguments.of(
                        ServerFlight.TRANSITIONS,
                        List.of(ServerFlight.State.values()),
                        List.of("NOTHING: HELLO OVER", "HELLO: CERTIFICATE OVER", "CERTIFICATE: OVER", "OVER:")));
    }

    private static Stream<Arguments> ofHellos() {
        return Stream.of(Arguments.of(
                HelloGuard.TRANSITIONS,
                List.of(HelloGuard.State.values()),
                List.of(
                        "NONE: FIRST READ REFUSED",
                        "FIRST: RETRIED SECOND READ REFUSED",
                        "RETRIED: SECOND READ REFUSED",
                        "SECOND: READ REFUSED",
                        "READ:",
                        "REFUSED:")));
    }

    private static Stream<Arguments> ofEngines() {
        return Stream.of(Arguments.of(
                SslEngineAdapter.TRANSITIONS,
                List.of(SslEngineAdapter.Stage.values()),
                List.of(
                        "HANDSHAKE: TICKETS_WAIT COMPLETE",
                        "TICKETS_WAIT: COMPLETE",
                        "COMPLETE: DOUBTFUL",
                        "DOUBTFUL: COMPLETE")));
    }

    @ParameterizedTest
    @MethodSource("tables")
    <S extends Enum<S>> void everyCellIsAsItIsDrawn(Transitions<S> table, List<S> states, List<String> drawn) {
        DrawnTable.assertDrawn(table, states, drawn);
    }
}
