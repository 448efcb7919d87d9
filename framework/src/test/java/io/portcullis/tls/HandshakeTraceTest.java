// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trace names the messages of a handshake, wherever they are cut, and is not lost whatever precedes it. */
class HandshakeTraceTest {
    private final List<String> lines = new ArrayList<>();

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    /** The trace lines of a handshake that a server receives in such pieces. */
    private FilterPair trace(FilterPair pair, int piece) {
        HandshakeTrace trace = new HandshakeTrace(lines::add);
        pair.toServer.watch(bytes -> pieces(bytes, piece).forEach(trace::received));
        pair.toClient.watch(bytes -> pieces(bytes, piece).forEach(trace::sent));
        return pair.run();
    }

    private static List<ByteBuffer> pieces(byte[] bytes, int length) {
        List<ByteBuffer> pieces = new ArrayList<>();
        for (int from = 0; from < bytes.length; from += length) {
            pieces.add(ByteBuffer.wrap(bytes, from, Math.min(length, bytes.length - from)));
        }
        return pieces;
    }

    /** The names of the plaintext messages, one after the other. */
    private List<String> messages() {
        return lines.stream()
                .flatMap(line ->
                        Stream.of(line.replaceFirst("^(received|sent) ", "").split(", ")))
                .filter(name -> !name.startsWith("encrypted"))
                .map(name -> name.replaceFirst(" [0-9]+ B.*", ""))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 7, 100, 1 << 20})
    void namesTheMessagesOfTls12(int piece) {
        trace(TestEngines.of("TLSv1.2").join(), piece);
        List<String> messages = messages();
        assertEquals(
                List.of(
                        "ClientHello",
                        "ServerHello",
                        "Certificate",
                        "ServerKeyExchange",
                        "ServerHelloDone",
                        "ClientKeyExchange"),
                messages.stream()
                        .filter(name -> !name.equals("ChangeCipherSpec") && !name.equals("NewSessionTicket"))
                        .toList());
        assertTrue(messages.contains("ChangeCipherSpec"), messages::toString);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 7, 100, 1 << 20})
    void namesPlaintextMessagesInTls13(int piece) {
        trace(TestEngines.of("TLSv1.3").join(), piece);
        assertEquals(
                List.of("ClientHello", "ServerHello"),
                messages().stream()
                        .filter(name -> !name.equals("ChangeCipherSpec"))
                        .toList());
        assertTrue(
                lines.stream().anyMatch(line -> line.startsWith("sent") && line.contains("encrypted")),
                lines::toString);
    }

    @Test
    void namesWhatAClientOffers() {
        byte[] hello = ClientHellos.captured("TLSv1.3");
        new HandshakeTrace(lines::add).received(ByteBuffer.wrap(hello));
        assertEquals(1, lines.size());
        for (String part : List.of("name localhost", "versions TLSv1.3", " suites", "groups ", "ALPN h2 http/1.1")) {
            assertTrue(lines.get(0).contains(part), () -> lines.get(0) + " lacks " + part);
        }
    }

    @Test
    void keepsThePrecedingText() {
        byte[] hello = ClientHellos.captured("TLSv1.3");
        byte[] proxied = ByteBuffer.allocate(38 + hello.length)
                .put("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n".getBytes(StandardCharsets.US_ASCII))
                .put(hello)
                .array();
        for (int cut = 0; cut <= 50; cut++) {
            lines.clear();
            HandshakeTrace trace = new HandshakeTrace(lines::add);
            trace.received(ByteBuffer.wrap(proxied, 0, cut));
            trace.received(ByteBuffer.wrap(proxied, cut, proxied.length - cut));
            assertTrue(lines.get(lines.size() - 1).startsWith("received ClientHello"), lines::toString);
        }
    }

    @Test
    void namesARetryAndAnAlert() {
        TestEngine.assume(false, TlsFeature.GROUP_CHOICE);
        trace(
                TestEngines.of("TLSv1.3")
                        .server(builder -> builder.groups("secp384r1"))
                        .join(),
                1 << 20);
        assertEquals(
                List.of("ClientHello", "HelloRetryRequest", "ClientHello", "ServerHello"),
                messages().stream()
                        .filter(name -> !name.equals("ChangeCipherSpec"))
                        .toList());
        HandshakeTrace trace = new HandshakeTrace(lines::add);
        trace.received(ByteBuffer.wrap(ClientHellos.captured("TLSv1.2")));
        trace.sent(ByteBuffer.wrap(new byte[] {21, 3, 3, 0, 2, 2, 40}));
        assertEquals("sent fatal alert 40", lines.get(lines.size() - 1));
    }

    @Test
    void plaintextIsNoHandshake() {
        HandshakeTrace trace = new HandshakeTrace(lines::add);
        byte[] text = new byte[3000];
        Arrays.fill(text, (byte) 'a');
        trace.received(ByteBuffer.wrap(text));
        trace.sent(ByteBuffer.wrap(text));
        assertEquals(List.of(), lines);
    }

    @Test
    void textChosenByAPeerIsMadePrintable() {
        byte[] hello = ClientHellos.captured("TLSv1.3");
        for (int i = 0; i + 2 <= hello.length; i++) {
            if (hello[i] == 'h' && hello[i + 1] == '2') {
                hello[i] = '\n';
                hello[i + 1] = 0x1b;
            }
        }
        new HandshakeTrace(lines::add).received(ByteBuffer.wrap(hello));
        assertTrue(lines.get(0).contains("\\n\\u001b"), lines::toString);
        assertFalse(lines.get(0).contains("\n"));
    }
}
