// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Our close_notify does not end the peer's stream: only the peer's own ends our input (RFC 8446, 6.1). An engine,
 * however, has one status for both directions, and returns CLOSED for each record once its own output has ended.
 */
@DisplayName("R43 the end of our output is not the end of our input")
class EndOfOneDirectionTest {
    private static final byte[] FIRST = new byte[100];
    private static final byte[] LARGE = new byte[60_000];

    static Stream<Arguments> ends() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(true, false).map(atServer -> Arguments.of(protocol, atServer)));
    }

    /** A pair one end of which sends no more, and the other end of which has not been notified yet. */
    private static final class Closed {
        final FilterPair pair;
        final FilterEnd closer;
        final FilterEnd peer;
        final Wire toCloser;

        Closed(String protocol, boolean atServer) {
            pair = TestEngines.of(protocol).join().handshake();
            closer = atServer ? pair.server : pair.client;
            peer = atServer ? pair.client : pair.server;
            toCloser = atServer ? pair.toServer : pair.toClient;
            closer.endsNetwork = false;
            peer.endsNetwork = false;
            closer.close();
            read();
            assertTrue(closer.outputClosed);
        }

        void send(byte[] data) {
            peer.send(data);
            while (peer.speak()) {}
            assertTrue(peer.sentAll());
            read();
        }

        void read() {
            while (closer.turn()) {}
        }
    }

    @ParameterizedTest(name = "{0}, at the server: {1}")
    @MethodSource("ends")
    void thePeersLaterRecordsAreReadUpToItsOwnEnd(String protocol, boolean atServer) {
        Closed ends = new Closed(protocol, atServer);
        ends.send(FIRST);
        ends.send(LARGE);
        assertEquals(FIRST.length + LARGE.length, ends.closer.received.size());
        assertFalse(ends.closer.inputClosed, "the peer has not closed yet");
        ends.peer.close();
        ends.pair.run();
        assertTrue(ends.closer.inputClosed);
        assertNull(ends.closer.failure);
    }

    @ParameterizedTest(name = "{0}, at the server: {1}")
    @MethodSource("ends")
    void theEndOfTheNetworkAfterDataIsTruncation(String protocol, boolean atServer) {
        Closed ends = new Closed(protocol, atServer);
        ends.send(FIRST);
        ends.toCloser.end();
        ends.read();
        assertEquals(FIRST.length, ends.closer.received.size());
        ends.closer.assertFailed(HandshakeFailure.TRUNCATED);
    }

    @ParameterizedTest(name = "{0}, at the server: {1}")
    @MethodSource("ends")
    void aForgedRecordIsAFailureAndNoEnd(String protocol, boolean atServer) {
        Closed ends = new Closed(protocol, atServer);
        ends.toCloser.write(Arrays.copyOf(new byte[] {23, 3, 3, 0, 40}, 45));
        ends.read();
        ends.closer.assertFailed();
    }
}
