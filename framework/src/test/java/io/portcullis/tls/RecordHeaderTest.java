// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordHeaderTest {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final ScriptedTlsEngine engine = new ScriptedTlsEngine();

    @Test
    @DisplayName("R3 a record of length 0 is refused")
    void refusesLengthZero() {
        assertRefused(HandshakeFailure.BAD_RECORD, 10, 22, 3, 1, 0, 0);
    }

    @Test
    @DisplayName("R3 every length from 16,641 to 65,535 is refused")
    void refusesEveryLengthThatIsTooLong() {
        for (int length = RecordFormat.LONGEST + 1; length <= 0xffff; length++) {
            assertRefused(HandshakeFailure.BAD_RECORD, 22, 22, 3, 1, length >> 8, length & 0xff);
        }
    }

    @Test
    @DisplayName("R3 every length up to 16,640 waits for the record")
    void waitsForEveryAllowedLength() throws TlsException {
        for (int length = 1; length <= RecordFormat.LONGEST; length++) {
            ByteBuffer network = bytes(22, 3, 1, length >> 8, length & 0xff);
            assertEquals(Step.NEED_INPUT, new TlsFilter(engine, false).decode(network, EMPTY));
            assertEquals(RecordFormat.LENGTH + length, RecordHeader.size(network, RecordFormat.LONGEST));
        }
        assertEquals(0, engine.calls);
    }

    @Test
    @DisplayName("R3 a length of 18,432 is allowed only for the CBC suites of TLS 1.2")
    void allowsLongRecordsForCbcAlone() throws TlsException {
        ByteBuffer longest = bytes(23, 3, 3, 0x48, 0);
        TlsFilter cbc = secured("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256");
        assertEquals(Step.NEED_INPUT, cbc.decode(longest, EMPTY));
        assertEquals(RecordFormat.LENGTH + 18_432, cbc.networkSpace());
        ByteBuffer longer = bytes(23, 3, 3, 0x48, 1);
        assertThrows(TlsException.class, () -> cbc.decode(longer, EMPTY));
        TlsFilter gcm = secured("TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        assertThrows(TlsException.class, () -> gcm.decode(longest, EMPTY));
        TlsFilter tls13 = secured("TLSv1.3", "TLS_AES_128_GCM_SHA256");
        assertThrows(TlsException.class, () -> tls13.decode(longest, EMPTY));
    }

    private TlsFilter secured(String protocol, String suite) throws TlsException {
        ScriptedTlsEngine secured = ScriptedTlsEngine.secured();
        secured.protocol = protocol;
        secured.suite = suite;
        TlsFilter filter = new TlsFilter(secured, false);
        assertEquals(Step.SECURED, filter.decode(EMPTY, EMPTY));
        return filter;
    }

    @Test
    @DisplayName("R3 every unknown content type is refused at its first byte")
    void refusesEveryUnknownContentType() {
        for (int type = 0; type < 256; type++) {
            if (!RecordHeader.isContentType(type)) {
                assertRefused(null, 10, type);
                assertRefused(null, 10, type, 3, 3, 0, 100);
            }
        }
    }

    @Test
    @DisplayName("R3 every major version but 3 is refused at the second byte")
    void refusesEveryOtherMajorVersion() {
        for (int major = 0; major < 256; major++) {
            if (major != RecordFormat.MAJOR_VERSION) {
                assertRefused(HandshakeFailure.BAD_RECORD, 70, 22, major);
                assertRefused(HandshakeFailure.BAD_RECORD, 70, 22, major, 3, 0, 100);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {20, 21, 23})
    @DisplayName("R3 a record that is not a ClientHello does not open a connection")
    void refusesARecordThatIsNotAClientHello(int type) {
        assertRefused(HandshakeFailure.NO_CLIENT_HELLO, 10, type, 3);
        assertRefused(HandshakeFailure.NO_CLIENT_HELLO, 10, type, 3, 3, 0, 2);
    }

    @Test
    @DisplayName("R2 HTTP and SSLv2 where TLS is expected are distinguished")
    void distinguishesOtherProtocols() {
        assertRefused(HandshakeFailure.PLAIN_HTTP, 10, 'G', 'E', 'T', ' ', '/');
        assertRefused(HandshakeFailure.SSL2_HELLO, 70, 0x80, 0x2e, 1, 3, 1);
        assertRefused(HandshakeFailure.NOT_TLS, 10, 'S', 'S', 'H', '-', '2');
    }

    @Test
    void partsOfAHeaderWait() throws TlsException {
        byte[] header = {22, 3, 1, 0, 100};
        for (int length = 0; length < header.length; length++) {
            ByteBuffer network = ByteBuffer.wrap(Arrays.copyOf(header, length));
            assertEquals(Step.NEED_INPUT, new TlsFilter(engine, false).decode(network, EMPTY));
        }
        assertEquals(0, engine.calls);
    }

    /** Refused by the filter alone, without moving the position, and with an alert in plaintext. */
    private void assertRefused(@Nullable HandshakeFailure expected, int alert, int... header) {
        TlsFilter filter = new TlsFilter(engine, false);
        ByteBuffer network = bytes(header);
        TlsException refused = assertThrows(TlsException.class, () -> filter.decode(network, EMPTY));
        if (expected != null) {
            assertEquals(expected, refused.failure());
        }
        assertEquals(0, network.position());
        assertEquals(header.length, network.limit());
        ByteBuffer answer = ByteBuffer.allocate(filter.networkSpace());
        try {
            assertEquals(Step.CLOSED, filter.encode(EMPTY, answer));
            assertEquals(Step.CLOSED, filter.encode(EMPTY, answer));
            assertEquals(Step.CLOSED, filter.decode(network, EMPTY));
        } catch (TlsException again) {
            throw new AssertionError(again);
        }
        int told = refused.failure() == HandshakeFailure.SSL2_HELLO ? 70 : alert;
        assertArrayEquals(
                new byte[] {21, 3, 3, 0, 2, 2, (byte) told}, Arrays.copyOf(answer.array(), answer.position()));
        assertEquals(0, engine.calls);
    }

    private static ByteBuffer bytes(int... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length);
        for (int value : values) {
            bytes.put((byte) value);
        }
        return bytes.flip();
    }
}
