// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DetectFilterTest {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Which filter a connection is passed to. */
    enum Side {
        PLAINTEXT,
        TLS
    }

    static Stream<Arguments> openings() {
        List<Arguments> openings = new ArrayList<>();
        addText(openings);
        addBinary(openings);
        addTls(openings);
        assertTrue(openings.size() >= 45, () -> openings.size() + " openings");
        return openings.stream();
    }

    private static void addText(List<Arguments> openings) {
        for (String verb : List.of("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT")) {
            openings.add(text(verb + " / HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        openings.add(text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
        openings.add(text("PROPFIND / HTTP/1.1\r\n"));
        openings.add(text("PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n"));
        openings.add(text("EHLO client.example\r\n"));
        openings.add(text("HELO client.example\r\n"));
        openings.add(text("SSH-2.0-OpenSSH_9.6\r\n"));
        openings.add(text("OPTIONS rtsp://a/ RTSP/1.0\r\n"));
        openings.add(text("DESCRIBE rtsp://a/ RTSP/1.0\r\n"));
        openings.add(text("*1\r\n$4\r\nPING\r\n"));
        openings.add(text("PING\r\n"));
        openings.add(text("USER anonymous\r\n"));
        openings.add(text("a001 CAPABILITY\r\n"));
        openings.add(text("\r\n\r\n"));
        openings.add(text("<?xml version='1.0'?>"));
        openings.add(text("{\"jsonrpc\":\"2.0\"}"));
    }

    private static void addBinary(List<Arguments> openings) {
        openings.add(hex(Side.PLAINTEXT, "PROXY v2", "0d0a0d0a000d0a515549540a2111000c"));
        openings.add(hex(Side.PLAINTEXT, "MQTT", "101000044d515454040200"));
        openings.add(hex(Side.PLAINTEXT, "PostgreSQL SSLRequest", "0000000804d2162f"));
        openings.add(hex(Side.PLAINTEXT, "MySQL login", "2000000185a61f00"));
        openings.add(hex(Side.PLAINTEXT, "LDAP bind", "300c020101600702010304008000"));
        openings.add(hex(Side.PLAINTEXT, "SNMP", "302602010104067075626c6963"));
        openings.add(hex(Side.PLAINTEXT, "DNS over TCP", "001d123401000001"));
        openings.add(hex(Side.PLAINTEXT, "AMQP", "414d515000000901"));
        openings.add(hex(Side.PLAINTEXT, "zeros", "0000000000000000"));
        openings.add(hex(Side.PLAINTEXT, "0xff", "ffffffffffffffff"));
        openings.add(hex(Side.PLAINTEXT, "SOCKS 5", "050100"));
        openings.add(hex(Side.PLAINTEXT, "RDP", "0300002b26e00000"));
        openings.add(hex(Side.PLAINTEXT, "UTF-8", "c3a4c3b6c3bc0a"));
    }

    private static void addTls(List<Arguments> openings) {
        for (String minor : List.of("00", "01", "02", "03", "04", "ff")) {
            openings.add(hex(Side.TLS, "handshake record of version 3." + minor, "1603" + minor + "0100010000fc0303"));
        }
        openings.add(hex(Side.TLS, "handshake record, two bytes", "1603"));
        openings.add(hex(Side.PLAINTEXT, "0x16 with major version 2", "1602000100"));
        openings.add(hex(Side.PLAINTEXT, "0x16 with major version 4", "1604000100"));
        openings.add(hex(Side.PLAINTEXT, "ChangeCipherSpec", "140303000101"));
        openings.add(hex(Side.PLAINTEXT, "alert", "15030300020228"));
        openings.add(hex(Side.PLAINTEXT, "application data", "1703030010"));
        openings.add(hex(Side.PLAINTEXT, "0x14 with another version", "140203000101"));
        openings.add(hex(Side.PLAINTEXT, "heartbeat record", "18030300030100"));
        openings.add(hex(Side.PLAINTEXT, "SSLv2 hello, version 3.1", "802e0103010015"));
        openings.add(hex(Side.PLAINTEXT, "SSLv2 hello, version 3.3", "804c0103030033"));
        openings.add(hex(Side.PLAINTEXT, "SSLv2 hello, version 0.2", "802e0100020015"));
        openings.add(hex(Side.PLAINTEXT, "SSLv2 hello, longer", "812e0103010015"));
        openings.add(hex(Side.PLAINTEXT, "0x80 and an invalid type", "802e0203010015"));
        openings.add(hex(Side.PLAINTEXT, "0x80 and an invalid version", "802e0104010015"));
        openings.add(hex(Side.PLAINTEXT, "0x80 and version 0.3", "802e0100030015"));
        for (String lone : List.of("16", "17", "15", "14", "80", "8000", "802e01", "802e0100", "00", "47", "ff")) {
            openings.add(hex(Side.PLAINTEXT, "alone: " + lone, lone));
        }
    }

    private static Arguments text(String opening) {
        String name = opening.substring(0, Math.min(opening.length(), 16)).strip();
        return Arguments.of(name, Side.PLAINTEXT, opening.getBytes(StandardCharsets.US_ASCII));
    }

    private static Arguments hex(Side side, String name, String opening) {
        return Arguments.of(name, side, HexFormat.of().parseHex(opening));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("openings")
    @DisplayName("R1 every opening goes whole to the right side, whatever the segments")
    void sendsEveryOpeningToItsSide(String name, Side expected, byte[] opening) {
        for (int piece = 1; piece <= opening.length; piece++) {
            Taken taken = detect(opening, piece);
            assertEquals(expected, taken.side, name + " in pieces of " + piece);
            assertEquals(ByteBuffer.wrap(opening), taken.bytes, name + " in pieces of " + piece);
        }
    }

    @Test
    @DisplayName("R1 random openings go whole to the same side, whatever the segments")
    void passesRandomOpeningsOnWhole() {
        Random random = new Random(20_261_122);
        for (int i = 0; i < 20_000; i++) {
            byte[] opening = new byte[1 + random.nextInt(12)];
            random.nextBytes(opening);
            Taken whole = detect(opening, opening.length);
            assertEquals(ByteBuffer.wrap(opening), whole.bytes);
            for (int piece = 1; piece < opening.length; piece++) {
                Taken taken = detect(opening, piece);
                assertEquals(whole.side, taken.side, () -> HexFormat.of().formatHex(opening));
                assertEquals(ByteBuffer.wrap(opening), taken.bytes);
            }
        }
    }

    @Test
    void waitsForASecondByteOnlyAfterTheFirstOfTls() throws TlsException {
        for (int first = 0; first < 256; first++) {
            DetectFilter filter = DetectFilter.byFirstBytes(PlainFilter::new, PlainFilter::new);
            Step expected = first == 0x16 ? Step.NEED_INPUT : Step.REPLACE;
            assertEquals(expected, filter.decode(ByteBuffer.wrap(new byte[] {(byte) first}), EMPTY), "byte " + first);
        }
    }

    private record Taken(Side side, ByteBuffer bytes) {}

    /** Feeds the opening in pieces, then the end of the network input, and collects what the successor receives. */
    private static Taken detect(byte[] opening, int piece) {
        Filter plain = new PlainFilter();
        Filter tls = new PlainFilter();
        DetectFilter filter = DetectFilter.byFirstBytes(() -> plain, () -> tls);
        ByteBuffer network = ByteBuffer.wrap(opening).limit(0);
        try {
            Step step = filter.decode(network, EMPTY);
            while (step == Step.NEED_INPUT) {
                if (network.limit() == opening.length) {
                    filter.closeInput();
                }
                network.limit(Math.min(network.limit() + piece, opening.length));
                step = filter.decode(network, EMPTY);
            }
            assertEquals(Step.REPLACE, step);
            assertEquals(Step.REPLACE, filter.decode(network, EMPTY));
        } catch (TlsException refused) {
            throw new AssertionError(refused);
        }
        Side side = tls.equals(filter.successor()) ? Side.TLS : Side.PLAINTEXT;
        return new Taken(side, network.limit(opening.length));
    }

    @Test
    void connectionThatEndsWithoutAByteIsClosed() throws TlsException {
        DetectFilter filter = DetectFilter.byFirstBytes(PlainFilter::new, PlainFilter::new);
        filter.closeInput();
        assertEquals(Step.CLOSED, filter.decode(EMPTY, EMPTY));
        assertThrows(IllegalStateException.class, filter::successor);
        filter.closeOutput();
        assertTrue(filter.hasOutput());
        assertEquals(Step.CLOSED, filter.encode(EMPTY, EMPTY));
        assertFalse(filter.hasOutput());
    }

    @Test
    void successorLearnsThatTheNetworkHasEnded() throws TlsException {
        for (boolean endsFirst : new boolean[] {true, false}) {
            DetectFilter filter = DetectFilter.byFirstBytes(PlainFilter::new, PlainFilter::new);
            if (endsFirst) {
                filter.closeInput();
            }
            assertEquals(Step.REPLACE, filter.decode(ByteBuffer.wrap(new byte[1]), EMPTY));
            if (!endsFirst) {
                filter.closeInput();
            }
            assertEquals(Step.CLOSED, filter.successor().decode(EMPTY, EMPTY));
        }
    }

    @Test
    @DisplayName("R2 refused plaintext gets the configured response, then the end")
    void answersRefusedPlaintext() throws TlsException {
        byte[] answer = "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
        Supplier<Filter> reject = DetectFilter.rejectPlaintext(answer);
        for (int i = 0; i < 2; i++) {
            assertRejected(reject, "GET / HTTP/1.1\r\n", HandshakeFailure.PLAIN_HTTP, answer);
        }
        assertRejected(reject, "SSH-2.0-x\r\n", HandshakeFailure.NOT_TLS, answer);
    }

    @Test
    @DisplayName("R2 refused plaintext gets an alert if no response is configured")
    void answersRefusedPlaintextWithAnAlert() throws TlsException {
        assertRejected(DetectFilter.rejectPlaintext(), "GET / HTTP/1.1\r\n", HandshakeFailure.PLAIN_HTTP, new byte[] {
            21, 3, 3, 0, 2, 2, 10
        });
    }

    private static void assertRejected(
            Supplier<Filter> reject, String opening, HandshakeFailure expected, byte[] answer) throws TlsException {
        DetectFilter filter = DetectFilter.byFirstBytes(reject, PlainFilter::new);
        ByteBuffer network = ByteBuffer.wrap(opening.getBytes(StandardCharsets.US_ASCII));
        assertEquals(Step.REPLACE, filter.decode(network, EMPTY));
        Filter rejecting = filter.successor();
        ByteBuffer out = ByteBuffer.allocate(answer.length);
        assertFalse(rejecting.hasOutput());
        assertEquals(Step.NEED_DECODE, rejecting.encode(EMPTY, out));
        TlsException refused = assertThrows(TlsException.class, () -> rejecting.decode(network, EMPTY));
        assertEquals(expected, refused.failure());
        assertTrue(rejecting.hasOutput());
        while (rejecting.encode(EMPTY, out.limit(Math.min(out.position() + 3, answer.length))) != Step.CLOSED) {
            assertTrue(out.position() < answer.length);
        }
        assertArrayEquals(answer, out.array());
        assertFalse(rejecting.hasOutput());
        assertEquals(Step.CLOSED, rejecting.encode(EMPTY, out));
        assertEquals(Step.CLOSED, rejecting.decode(network, EMPTY));
    }

    @Test
    @DisplayName("R4 a chooser that throws refuses the connection permanently")
    void choiceThatThrowsRefuses() {
        IllegalStateException thrown = new IllegalStateException("from the chooser");
        TlsException refused = assertRefused(80, hello -> {
            throw thrown;
        });
        assertEquals(HandshakeFailure.UNDECIDED, refused.failure());
        assertSame(thrown, refused.getCause());
        refused = assertRefused(80, hello -> {
            throw new TlsException(HandshakeFailure.UNDECIDED, "not today", null);
        });
        assertEquals(HandshakeFailure.UNDECIDED, refused.failure());
    }

    @Test
    @DisplayName("R4 a chooser that returns null refuses the connection: there is no default")
    void choiceThatReturnsNullRefuses() {
        TlsException refused = assertRefused(112, hello -> null);
        assertEquals(HandshakeFailure.UNKNOWN_SERVER_NAME, refused.failure());
    }

    private static TlsException assertRefused(int alert, DetectFilter.HelloChoice choice) {
        DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, choice);
        ByteBuffer network = ByteBuffer.wrap(ClientHellos.captured("TLSv1.3"));
        TlsException refused = assertThrows(TlsException.class, () -> filter.decode(network, EMPTY));
        ByteBuffer out = ByteBuffer.allocate(filter.networkSpace());
        assertTrue(filter.hasOutput());
        assertEquals(Step.CLOSED, filter.encode(EMPTY, out));
        assertEquals(Step.CLOSED, filter.encode(EMPTY, out));
        assertFalse(filter.hasOutput());
        assertArrayEquals(new byte[] {21, 3, 3, 0, 2, 2, (byte) alert}, Arrays.copyOf(out.array(), out.position()));
        try {
            assertEquals(Step.CLOSED, filter.decode(network, EMPTY));
        } catch (TlsException again) {
            throw new AssertionError(again);
        }
        assertThrows(IllegalStateException.class, filter::successor);
        return refused;
    }

    @Test
    @DisplayName("R4 an Error in the chooser leaves the connection refused")
    void errorInTheChoiceLeavesTheConnectionRefused() throws TlsException {
        StackOverflowError thrown = new StackOverflowError();
        DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, hello -> {
            throw thrown;
        });
        ByteBuffer network = ByteBuffer.wrap(ClientHellos.captured("TLSv1.2"));
        assertSame(thrown, assertThrows(StackOverflowError.class, () -> filter.decode(network, EMPTY)));
        assertEquals(Step.CLOSED, filter.decode(network, EMPTY));
        assertTrue(filter.hasOutput());
    }

    @Test
    @DisplayName("R4 a filter supplier that throws refuses the connection")
    void makerThatThrowsRefuses() {
        Supplier<Filter> thrower = () -> {
            throw new IllegalStateException("from the supplier");
        };
        DetectFilter tls = DetectFilter.byFirstBytes(PlainFilter::new, thrower);
        assertUndecided(tls, new byte[] {22, 3, 1});
        DetectFilter plain = DetectFilter.byFirstBytes(thrower, PlainFilter::new);
        assertUndecided(plain, new byte[] {1});
    }

    private static void assertUndecided(DetectFilter filter, byte[] opening) {
        TlsException refused = assertThrows(TlsException.class, () -> filter.decode(ByteBuffer.wrap(opening), EMPTY));
        assertEquals(HandshakeFailure.UNDECIDED, refused.failure());
        assertInstanceOf(IllegalStateException.class, refused.getCause());
    }

    @Test
    @DisplayName("R4 a hello without a name is distinguished from one with a name")
    void distinguishesHellosWithoutAName() throws TlsException {
        List<String> names = new ArrayList<>();
        for (byte[] hello : List.of(ClientHellos.captured("TLSv1.3"), ClientHellos.nameless("TLSv1.3"))) {
            DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, parsed -> {
                names.add(parsed.serverName().orElse("none"));
                return new PlainFilter();
            });
            assertEquals(Step.REPLACE, filter.decode(ByteBuffer.wrap(hello), EMPTY));
        }
        assertEquals(List.of(JdkEngines.HOST, "none"), names);
    }

    @Test
    @DisplayName("R4 the end of the network input within the hello refuses the connection")
    void endWithinTheHelloRefuses() throws TlsException {
        DetectFilter filter = DetectFilter.byClientHello(PlainFilter::new, hello -> new PlainFilter());
        byte[] hello = ClientHellos.captured("TLSv1.3");
        ByteBuffer part = ByteBuffer.wrap(hello, 0, hello.length - 1);
        assertEquals(Step.NEED_INPUT, filter.decode(part, EMPTY));
        filter.closeInput();
        TlsException refused = assertThrows(TlsException.class, () -> filter.decode(part, EMPTY));
        assertEquals(HandshakeFailure.TRUNCATED, refused.failure());
    }
}
