// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The name that a peer gives for a server or a protocol is in no message unescaped, whichever engine quotes it. */
class ForeignNamesTest {
    private static final String FORGED = "a.example\nWARN forged line\u001b[2J";

    /** Checks a message, and that of each of its causes. */
    private static final int LONGEST = 1_100;

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> names() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(
                                FORGED,
                                "\u001b]0;owned\u0007.example",
                                "x".repeat(5_000),
                                "x.".repeat(2_500) + "example",
                                "\u0000\r\n",
                                "a b c d e f")
                        .map(name -> Arguments.of(protocol, name)));
    }

    private static byte[] serverName(String name) {
        return ClientHellos.serverNames(name.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static FilterPair hello(String protocol, byte[] extension, Filter server) {
        TestEngines engines = TestEngines.of(protocol).client(settings -> settings.alpn("h2"));
        FilterPair pair = new FilterPair(engines.clientFilter(), server);
        pair.toServer.changeFirst(hello -> ClientHellos.withExtension(hello, extension));
        return pair.run();
    }

    @ParameterizedTest
    @MethodSource("names")
    @DisplayName(
            "R40 a server name with a line break, an escape sequence or 5,000 bytes is never in a message unescaped")
    void aServerNameIsNotLoggedRaw(String protocol, String name) {
        TestEngines engines = TestEngines.of(protocol);
        for (Filter server : List.of(
                engines.serverFilter(),
                TestEngines.of(protocol)
                        .server(settings -> settings.certificate(
                                        TestCertificates.rsa().key(),
                                        TestCertificates.rsa().certificate())
                                .alpn("h2"))
                        .serverFilter(),
                DetectFilter.byClientHello(DetectFilter.rejectPlaintext(), hello -> null),
                DetectFilter.byClientHello(DetectFilter.rejectPlaintext(), hello -> {
                    throw new IllegalArgumentException("no tenant " + hello);
                }))) {
            FilterPair pair = hello(protocol, serverName(name), server);
            if (pair.server.failure != null) {
                assertPrintable(pair.server.failure);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R40 a protocol name with a line break, or one repeated 255 times, is never in a message unescaped")
    void aProtocolNameIsNotLoggedRaw(String protocol) {
        for (String name : List.of("h\n2", "\u001b[2J", "x".repeat(255))) {
            byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
            byte[] list = ClientHellos.concat(new byte[] {(byte) bytes.length}, bytes);
            byte[] alpn = ClientHellos.extension(
                    ClientHellos.ALPN,
                    ClientHellos.concat(new byte[] {(byte) (list.length >> 8), (byte) list.length}, list));
            FilterPair pair = hello(
                    protocol,
                    alpn,
                    TestEngines.of(protocol)
                            .server(settings -> settings.alpn("h2"))
                            .serverFilter());
            assertPrintable(pair.server.assertFailed(HandshakeFailure.NO_APPLICATION_PROTOCOL));
        }
    }

    @Test
    @DisplayName(
            "R40 whatever message an engine gives, and whatever its causes, the result is one bounded printable line")
    void messagesOfAnEngineAreBounded() {
        SSLException engine = new SSLException("A name that is none, name=" + FORGED + "x".repeat(5_000));
        engine.initCause(new CertificateException(FORGED));
        TlsException told = EngineFailures.explain(engine, true, false, RecordHeader.NO_ALERT);
        assertPrintable(told);
        assertTrue(String.valueOf(told.getMessage()).length() < 400, told::getMessage);
        assertEquals(
                HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED, told.failure(), "the failure is that of the original");

        SSLException short1 = new SSLException("harmless");
        TlsException same = EngineFailures.explain(short1, true, false, RecordHeader.NO_ALERT);
        assertEquals(short1, same.getCause());
    }

    @Test
    @DisplayName("R40 properties of a session and of a hello are escaped in log lines")
    void factsInALineAreEscaped() {
        TlsSession session = new TlsSession(
                "TLSv1.3",
                "TLS_AES_128_GCM_SHA256",
                Optional.of("x25519"),
                false,
                Optional.of(FORGED),
                Optional.of(FORGED),
                List.of(TestCertificates.client().certificate()));
        ClientHello hello = new ClientHello(
                Optional.of(FORGED),
                List.of(FORGED, "x".repeat(5_000)),
                List.of(0x304),
                List.of(1),
                List.of(29),
                List.of(),
                false);
        for (String line : List.of(session.toString(), hello.toString())) {
            assertFalse(line.chars().anyMatch(Character::isISOControl), line);
            assertTrue(line.length() < LONGEST, line);
        }
    }

    private static void assertPrintable(TlsException failure) {
        assertNotNull(failure.getMessage());
        List<String> texts = new ArrayList<>();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            texts.add(cause.toString());
        }
        for (String text : texts) {
            assertFalse(text.chars().anyMatch(Character::isISOControl), text);
            assertTrue(text.length() < LONGEST, () -> text.length() + " characters");
        }
    }
}
