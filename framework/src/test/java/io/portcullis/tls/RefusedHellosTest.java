// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.Alert;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each reason for which a server refuses a hello has its {@link HandshakeFailure}, on every engine and JDK. Most are
 * determined from the message of the engine's exception, so run this after changing an engine or a JDK.
 */
class RefusedHellosTest {
    private static final int SUITE_TLS12 = 0xc02b;
    private static final int SUITE_TLS13 = 0x1301;
    private static final byte[] TLS12 = extension(43, "020303");
    private static final byte[] TLS13 = extension(43, "020304");
    private static final byte[] GROUPS = extension(10, "0004001d0017");
    private static final byte[] UNKNOWN_GROUP = extension(10, "00029999");
    private static final byte[] SIGNATURES = extension(13, "000404030804");
    private static final byte[] UNKNOWN_SIGNATURE = extension(13, "00020999");
    private static final byte[] POINTS = extension(11, "0100");
    private static final byte[] NO_SHARE = extension(51, "0000");
    private static final byte[] H3 = extension(ClientHellos.ALPN, "0003026833");
    private static final byte[] ELSEWHERE = ClientHellos.serverNames("elsewhere.example".getBytes(US_ASCII));
    private static final byte[] EARLY_DATA = extension(42, "");
    private static final byte[] TICKET = ClientHellos.concat(
            extension(45, "0101"),
            extension(41, "0026" + "0020" + "11".repeat(32) + "00000001" + "0021" + "20" + "22".repeat(32)));

    /** What a client may send after a TLS 1.3 hello before the server responds. */
    private static final int SKIPPED = 1 << 14;

    record Case(String name, HandshakeFailure failure, byte[] body, UnaryOperator<TlsProfileBuilder> settings) {
        Case(String name, HandshakeFailure failure, byte[] body) {
            this(name, failure, body, UnaryOperator.identity());
        }

        @Override
        public String toString() {
            return name + ": " + failure;
        }
    }

    private static byte[] extension(int type, String hex) {
        return ClientHellos.extension(type, HexFormat.of().parseHex(hex));
    }

    private static byte[] hello12(int suite, byte[]... extensions) {
        return ClientHellos.bodyWithSuite(suite, TLS12, POINTS, ClientHellos.concat(extensions));
    }

    private static byte[] hello13(int suite, byte[]... extensions) {
        return ClientHellos.bodyWithSuite(suite, TLS13, ClientHellos.concat(extensions));
    }

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Case> cases() {
        Stream<Case> protocols = Stream.of(new Case(
                "TLS 1.1",
                HandshakeFailure.NO_COMMON_PROTOCOL,
                ClientHellos.bodyWithSuite(SUITE_TLS12, extension(43, "020302"), GROUPS, SIGNATURES)));
        return Stream.concat(protocols, Stream.concat(casesOfTls12(), casesOfTls13()));
    }

    private static Stream<Case> casesOfTls12() {
        return Stream.of(
                new Case(
                        "no suite of TLS 1.2",
                        HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                        hello12(0xc0ff, GROUPS, SIGNATURES)),
                new Case(
                        "no signature of TLS 1.2",
                        HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                        hello12(SUITE_TLS12, GROUPS, UNKNOWN_SIGNATURE)),
                new Case(
                        "no group of TLS 1.2",
                        HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                        hello12(SUITE_TLS12, UNKNOWN_GROUP, SIGNATURES)),
                new Case(
                        "no ALPN of TLS 1.2",
                        HandshakeFailure.NO_APPLICATION_PROTOCOL,
                        hello12(SUITE_TLS12, GROUPS, SIGNATURES, H3),
                        settings -> settings.alpn("h2")),
                new Case(
                        "unknown name of TLS 1.2",
                        HandshakeFailure.UNKNOWN_SERVER_NAME,
                        hello12(SUITE_TLS12, GROUPS, SIGNATURES, ELSEWHERE),
                        TlsProfileBuilder::refuseUnknownServerNames));
    }

    private static Stream<Case> casesOfTls13() {
        byte[] share = SecondHelloTest.SHARE;
        return Stream.of(
                new Case(
                        "no suite of TLS 1.3",
                        HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                        hello13(0x13ff, GROUPS, SIGNATURES, share)),
                new Case(
                        "no signature of TLS 1.3",
                        HandshakeFailure.NO_COMMON_CIPHER_SUITE,
                        hello13(SUITE_TLS13, GROUPS, UNKNOWN_SIGNATURE, share)),
                new Case(
                        "no group of TLS 1.3",
                        HandshakeFailure.NO_COMMON_GROUP,
                        hello13(SUITE_TLS13, UNKNOWN_GROUP, SIGNATURES, NO_SHARE)),
                new Case(
                        "no ALPN of TLS 1.3",
                        HandshakeFailure.NO_APPLICATION_PROTOCOL,
                        hello13(SUITE_TLS13, GROUPS, SIGNATURES, share, H3),
                        settings -> settings.alpn("h2")),
                new Case(
                        "unknown name of TLS 1.3",
                        HandshakeFailure.UNKNOWN_SERVER_NAME,
                        hello13(SUITE_TLS13, GROUPS, SIGNATURES, share, ELSEWHERE),
                        TlsProfileBuilder::refuseUnknownServerNames));
    }

    private static FilterPair served(UnaryOperator<TlsProfileBuilder> settings, byte[] body, byte[]... behind) {
        FilterPair pair = TestEngines.of("TLSv1.3")
                .server(builder -> settings.apply(builder.protocols("TLSv1.2", "TLSv1.3")))
                .join();
        byte[] hello = ClientHellos.record(ClientHellos.message(body));
        pair.toServer.write(ClientHellos.concat(hello, ClientHellos.concat(behind)));
        while (pair.server.turn()) {}
        return pair;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void everyRefusalOfAServerHasItsFailure(Case tested) {
        FilterPair pair = served(tested.settings, tested.body);
        pair.server.assertFailed(tested.failure);
        byte[] sent = new byte[pair.toClient.waiting()];
        pair.toClient.read(ByteBuffer.wrap(sent), sent.length);
        assertEquals(Alert.LENGTH, sent.length, "not only an alert");
    }

    /** Application data under keys that the server does not know. */
    private static byte[] records(int bytes) {
        byte[] one = ClientHellos.concat(new byte[] {23, 3, 3, 0x20, 0}, new byte[0x2000]);
        byte[][] all = new byte[bytes / 0x2000][];
        Arrays.fill(all, one);
        return ClientHellos.concat(all);
    }

    @Test
    @DisplayName("early data sent with another server's ticket is skipped, or fails the handshake as EARLY_DATA")
    void earlyDataWithAnotherServersTicketHasItsFailure() {
        for (byte[] share : new byte[][] {SecondHelloTest.SHARE, NO_SHARE}) {
            byte[] body = hello13(SUITE_TLS13, GROUPS, SIGNATURES, share, EARLY_DATA, TICKET);
            FilterPair few = served(UnaryOperator.identity(), body, records(SKIPPED / 2));
            FilterPair many = served(UnaryOperator.identity(), body, records(2 * SKIPPED));
            if (TestEngine.is("boringssl")) {
                assertNull(few.server.failure);
                assertTrue(few.toClient.waiting() > 0, "the server has responded, and waits");
            } else {
                few.server.assertFailed(HandshakeFailure.EARLY_DATA);
            }
            many.server.assertFailed(HandshakeFailure.EARLY_DATA);
        }
    }

    @Test
    @DisplayName("application data that the client did not announce does not count as early data")
    void dataThatIsNotAnnouncedIsNoEarlyData() {
        byte[] body = hello13(SUITE_TLS13, GROUPS, SIGNATURES, SecondHelloTest.SHARE, TICKET);
        served(UnaryOperator.identity(), body, records(0x2000)).server.assertFailed(HandshakeFailure.OTHER);
    }
}
