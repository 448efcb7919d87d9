// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A gate decides by the first hello, so a second one, after a HelloRetryRequest, must not change what the first one
 * requested (RFC 8446, 4.1.2). Otherwise what was checked is not what is used.
 */
class SecondHelloTest {
    private static final byte[] CHANGE_CIPHER_SPEC = {20, 3, 3, 0, 1, 1};
    private static final byte[] NO_SHARE = ClientHellos.extension(51, (byte) 0, (byte) 0);

    /** The base point of X25519 (RFC 7748, 6.1), which is a valid share. */
    static final byte[] SHARE =
            ClientHellos.extension(51, ClientHellos.concat(new byte[] {0, 36, 0, 29, 0, 32, 9}, new byte[31]));

    static byte[] hello(@Nullable String name, @Nullable String protocol, byte[] share) {
        byte[] server = name == null ? new byte[0] : ClientHellos.serverNames(name.getBytes(US_ASCII));
        byte[] alpn = protocol == null
                ? new byte[0]
                : ClientHellos.extension(
                        ClientHellos.ALPN,
                        ClientHellos.concat(
                                new byte[] {0, (byte) (protocol.length() + 1), (byte) protocol.length()},
                                protocol.getBytes(US_ASCII)));
        byte[] body = ClientHellos.body(
                server,
                alpn,
                ClientHellos.extension(43, HexFormat.of().parseHex("020304")),
                ClientHellos.extension(10, HexFormat.of().parseHex("0002001d")),
                ClientHellos.extension(13, HexFormat.of().parseHex("0004" + "0403" + "0804")),
                share);
        return ClientHellos.message(body);
    }

    /** A server that has responded to a hello without a share by a HelloRetryRequest. */
    private static FilterPair retried(byte[] first) {
        FilterPair pair = TestEngines.of("TLSv1.3")
                .server(settings -> settings.alpn("h2", "http/1.1"))
                .join();
        pair.toServer.write(ClientHellos.record(first));
        while (pair.server.turn()) {}
        assertNull(pair.server.failure);
        byte[] sent = sent(pair);
        assertEquals(ServerFlight.RETRY, ByteBuffer.wrap(sent).getLong(RecordFormat.LENGTH + 6));
        return pair;
    }

    private static byte[] sent(FilterPair pair) {
        byte[] sent = new byte[pair.toClient.waiting()];
        pair.toClient.read(ByteBuffer.wrap(sent), sent.length);
        return sent;
    }

    private static void receives(FilterPair pair, byte[]... records) {
        pair.toServer.write(ClientHellos.concat(records));
        while (pair.server.turn()) {}
    }

    private static void assertRefused(FilterPair pair, Alert alert) {
        pair.server.assertFailed(HandshakeFailure.BAD_CLIENT_HELLO);
        assertArrayEquals(alert.record().array(), sent(pair));
    }

    @Test
    @DisplayName("R38 a second hello that names another host is refused, also if only one of the two has a name")
    void refusesAnotherName() {
        FilterPair other = retried(hello("lax.example", null, NO_SHARE));
        receives(other, CHANGE_CIPHER_SPEC, ClientHellos.record(hello("strict.example", null, SHARE)));
        assertRefused(other, Alert.ILLEGAL_PARAMETER);

        FilterPair none = retried(hello("lax.example", null, NO_SHARE));
        receives(none, ClientHellos.record(hello(null, null, SHARE)));
        assertRefused(none, Alert.ILLEGAL_PARAMETER);

        FilterPair first = retried(hello(null, null, NO_SHARE));
        receives(first, ClientHellos.record(hello("strict.example", null, SHARE)));
        assertRefused(first, Alert.ILLEGAL_PARAMETER);
    }

    @Test
    @DisplayName("R38 a second hello that offers another application protocol is refused")
    void refusesAnotherApplicationProtocol() {
        FilterPair pair = retried(hello("lax.example", "h2", NO_SHARE));
        receives(pair, ClientHellos.record(hello("lax.example", "http/1.1", SHARE)));
        assertRefused(pair, Alert.ILLEGAL_PARAMETER);
    }

    @Test
    @DisplayName("R38 a server requests a second hello once: a third one could not be compared")
    void asksForNoThirdHello() {
        FilterPair pair = retried(hello("lax.example", "h2", NO_SHARE));
        receives(pair, CHANGE_CIPHER_SPEC, ClientHellos.record(hello("lax.example", "h2", NO_SHARE)));
        assertNotNull(pair.server.failure);
        assertEquals(
                TestEngine.isOfTheJdk() ? HandshakeFailure.BAD_CLIENT_HELLO : HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                pair.server.failure.failure());
        assertEquals(47, sent(pair)[RecordFormat.LENGTH + 1], "illegal_parameter");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100})
    @DisplayName("R38 a second hello with another name is refused however it is cut into records")
    void refusesAnotherNameInPieces(int size) {
        FilterPair pair = retried(hello("lax.example", null, NO_SHARE));
        byte[] second = ClientHellos.record(hello("strict.example", null, SHARE));
        receives(pair, CHANGE_CIPHER_SPEC, ClientHellos.inRecordsOf(size, second));
        assertRefused(pair, Alert.ILLEGAL_PARAMETER);
    }

    @Test
    @DisplayName("R38 a second hello that cannot be parsed is not left to the engine's interpretation")
    void refusesASecondHelloThatCannotBeRead() {
        FilterPair pair = retried(hello("lax.example", null, NO_SHARE));
        receives(pair, ClientHellos.record(hello("strict.example\0", null, SHARE)));
        assertRefused(pair, Alert.DECODE_ERROR);
    }

    @Test
    @DisplayName("R38 a second hello in the record of the first, before the server responds, is refused")
    void refusesTwoHellosAtOnce() {
        FilterPair pair = TestEngines.of("TLSv1.3").join();
        receives(
                pair,
                ClientHellos.record(ClientHellos.concat(
                        hello("lax.example", null, NO_SHARE), hello("strict.example", null, SHARE))));
        assertRefused(pair, Alert.UNEXPECTED_MESSAGE);
    }

    @Test
    @DisplayName("a second hello with the same values continues the handshake")
    void goesOnWithTheSame() {
        for (byte[] between : List.of(new byte[0], CHANGE_CIPHER_SPEC)) {
            FilterPair pair = retried(hello("lax.example", "h2", NO_SHARE));
            receives(pair, between, ClientHellos.record(hello("lax.example", "h2", SHARE)));
            assertNull(pair.server.failure);
            assertEquals(2, sent(pair)[RecordFormat.LENGTH], "a ServerHello");
        }
    }

    @Test
    @DisplayName("encrypted data is never taken for a second hello, whatever its first byte")
    void resumesInTls12HoweverTheFinishedLooks() {
        TestEngines engines = TestEngines.of("TLSv1.2")
                .server(settings -> settings.cipherSuites(List.of("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")));
        for (int i = 0; i < 600; i++) {
            FilterPair pair = engines.join().handshake();
            pair.close();
            TestEngine.freeAll();
        }
    }

    @Test
    void realClientsAreServedAfterARetry() {
        TestEngine.assume(false, TlsFeature.GROUP_CHOICE);
        FilterPair pair = TestEngines.of("TLSv1.3")
                .server(settings -> settings.groups("secp384r1").alpn("h2"))
                .client(settings -> settings.groups("x25519", "secp384r1").alpn("h2", "http/1.1"))
                .join()
                .handshake();
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals(Optional.of("secp384r1"), session.group());
        assertEquals(Optional.of("localhost"), session.serverName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R38 the session's server name is the one by which the gate decides, in the same form")
    void returnsTheNameOfTheHello(String protocol) {
        FilterPair pair = TestEngines.of(protocol).host("LocalHost").join();
        ClientHello[] seen = new ClientHello[1];
        pair.toServer.changeFirst(bytes -> {
            seen[0] = read(bytes);
            return bytes;
        });
        pair.handshake();
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals(seen[0].serverName(), session.serverName());
        assertTrue(session.serverName().isPresent());
    }

    private static ClientHello read(byte[] bytes) {
        try {
            ClientHello hello = new ClientHelloReader().read(ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length)));
            assertNotNull(hello);
            return hello;
        } catch (TlsException unreadable) {
            throw new AssertionError(unreadable);
        }
    }
}
