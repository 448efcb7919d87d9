// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What must be computed, and what is only buffered: a driver limits the number of handshakes that compute at a time.
 */
class FirstMessageTest {
    private static final ByteBuffer ROOM = ByteBuffer.allocate(1 << 17);

    private static Filter server(String protocol) {
        Filter filter = TestEngines.of(protocol).serverFilter();
        TestEngine.register(filter);
        return filter;
    }

    private static ByteBuffer hex(String bytes) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(bytes));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aHelloIsComputedWhenItsLastByteHasArrived(String protocol) throws TlsException {
        byte[] hello = ClientHellos.captured(protocol);
        Filter filter = server(protocol);
        for (int length = 0; length < hello.length; length++) {
            assertFalse(filter.computes(ByteBuffer.wrap(hello, 0, length)), "byte " + length);
        }
        assertTrue(filter.computes(ByteBuffer.wrap(hello)));
        filter.free();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 100})
    void ofAHelloInManyRecordsTheLastOneIsComputed(int size) throws TlsException {
        byte[] records = ClientHellos.inRecordsOf(size, ClientHellos.captured("TLSv1.3"));
        ByteBuffer network = ByteBuffer.wrap(records);
        FirstMessage first = new FirstMessage();
        while (network.hasRemaining()) {
            int length = RecordHeader.size(network, RecordFormat.LONGEST);
            boolean last = length == network.remaining();
            assertEquals(last, first.completedBy(network), "at " + network.position());
            first.read(network, network.position(), length);
            network.position(network.position() + length);
        }
        assertFalse(first.completedBy(network), "no more bytes are available");
        assertTrue(first.completedBy(hex("1603030001ff")), "the following records are computed one by one");
        assertFalse(first.completedBy(hex("16030300")), "but not a part of one");
        assertFalse(first.completedBy(hex("140303000101")), "a ChangeCipherSpec costs nothing");
        assertFalse(first.completedBy(hex("15030300020228")), "nor does an alert");
    }

    @Test
    void otherRecordsCountAsNoMessage() {
        FirstMessage first = new FirstMessage();
        assertFalse(first.completedBy(hex("474554202f20")), "HTTP");
        assertFalse(first.completedBy(hex("1603010000")), "an empty record");
        assertFalse(first.completedBy(hex("160301000501ffffff00")), "16 MiB are announced");
        assertTrue(first.completedBy(hex("160301000401000000")), "a message that is only a header");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void afterOurFlightEachRecordIsComputedAndAfterTheHandshakeNone(String protocol) throws TlsException {
        FilterPair pair = TestEngines.of(protocol).join();
        Filter server = pair.server.filter;
        pair.client.turn();
        pair.server.turn();
        assertFalse(pair.server.secured > 0);
        assertFalse(server.computes(ByteBuffer.allocate(0)), "the peer's bytes are missing");
        assertTrue(server.computes(hex("1603030001ff")));
        pair.handshake();
        assertFalse(server.computes(hex("1603030001ff")));
        pair.close();
    }

    @Test
    void aFilterThatHasFailedComputesNothing() {
        byte[] hello = ClientHellos.captured("TLSv1.3");
        Filter filter = server("TLSv1.3");
        assertThrows(TlsException.class, () -> filter.decode(hex("474554202f20"), ROOM.clear()));
        assertFalse(filter.computes(ByteBuffer.wrap(hello)));
        filter.free();
    }
}
