// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static io.portcullis.CloseReason.HANDSHAKE_FAILED;
import static io.portcullis.CloseReason.HANDSHAKE_TIMEOUT;
import static io.portcullis.CloseReason.IO_FAILED;
import static io.portcullis.CloseReason.PEER_CLOSE;
import static io.portcullis.CloseReason.UPGRADE_VIOLATION;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyHeaderReader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bad input at every seam: each connection ends with the right reason, within its deadline, and the next connection
 * works.
 */
class BadInputTest {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();
    private static final Gate TLS = Gate.tls(PROFILE);
    private static final Gate SNI = Gate.bySni(Map.of("localhost", PROFILE), null);
    private static final Gate DETECT = Gate.detect(PROFILE);
    private static final Gate PROXIED = Gate.proxyProtocol(TrustedPeers.of("192.0.2.0/24"), DETECT);
    private static final Gate STRANGER = Gate.proxyProtocol(TrustedPeers.of("10.0.0.0/8"), DETECT);
    private static final Gate PLAIN = Gate.plain();
    private static final Duration DEADLINE = Duration.ofSeconds(10);

    /** The reasons that only a deadline causes; all others are detected at once. */
    private static final List<CloseReason> BY_THE_CLOCK = List.of(HANDSHAKE_TIMEOUT);

    /** What the peer does after its bytes. */
    enum Then {
        ENDS,
        IS_SILENT,
        RESETS
    }

    record Case(String name, Gate gate, List<byte[]> pieces, Then then, CloseReason expected) {
        @Override
        public String toString() {
            return name + ", then " + then + ": " + expected;
        }
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        addHeaders(cases);
        addTruncatedHeaders(cases);
        addRecords(cases);
        addHellos(cases);
        addUpgrades(cases);
        addGates(cases);
        return cases;
    }

    private static void addHeaders(List<Case> cases) {
        byte[] good = header(ProxyVersion.V2);
        byte[] changed = good.clone();
        changed[20] ^= 1;
        byte[] announcing = good.clone();
        announcing[14] = (byte) 0xff;
        byte[] badField = ByteBuffer.allocate(31)
                .put(Arrays.copyOf(good, 28))
                .put(new byte[] {1, 0, 9})
                .array();
        badField[15] = 15;
        for (Then then : List.of(Then.ENDS, Then.IS_SILENT)) {
            CloseReason once = HANDSHAKE_FAILED;
            cases.add(of("HTTP instead of a PROXY header", PROXIED, then, once, "GET / HTTP/1.1\r\n\r\n"));
            cases.add(of("TLS instead of a PROXY header", PROXIED, then, once, hex("1603010200010001fc0303")));
            cases.add(of("PROXY without addresses", PROXIED, then, once, "PROXY TCP4\r\n"));
            cases.add(of("PROXY with a name", PROXIED, then, once, "PROXY TCP4 a.example 192.0.2.1 1 2\r\n"));
            cases.add(of("PROXY without an end", PROXIED, then, once, "PROXY UNKNOWN " + "x".repeat(100)));
            cases.add(of("a wrong PROXY checksum", PROXIED, then, once, changed));
            cases.add(of("a PROXY header of 64 KiB", PROXIED, then, once, announcing));
            cases.add(of("a PROXY field that is too long", PROXIED, then, once, badField));
            cases.add(of("PROXY version 3", PROXIED, then, once, hex("0d0a0d0a000d0a515549540a3111000c")));
            cases.add(of("a PROXY header from a stranger", STRANGER, then, once, good));
            cases.add(of("a stranger without a header", STRANGER, then, once, "hello"));
        }
        cases.add(of("a PROXY header where none is expected", TLS, Then.ENDS, HANDSHAKE_FAILED, good));
    }

    private static void addTruncatedHeaders(List<Case> cases) {
        for (ProxyVersion version : ProxyVersion.values()) {
            byte[] whole = header(version);
            for (int cut : new int[] {1, 5, 6, 15, 16, whole.length - 1}) {
                byte[] part = Arrays.copyOf(whole, cut);
                cases.add(of(version + " cut at " + cut, PROXIED, Then.ENDS, HANDSHAKE_FAILED, part));
                cases.add(of(version + " cut at " + cut, PROXIED, Then.IS_SILENT, HANDSHAKE_TIMEOUT, part));
            }
            cases.add(of("only " + version, PROXIED, Then.IS_SILENT, HANDSHAKE_TIMEOUT, whole));
            cases.add(of("only " + version, PROXIED, Then.ENDS, PEER_CLOSE, whole));
        }
    }

    private static void addRecords(List<Case> cases) {
        for (String where : List.of("TLS", "SNI", "detecting")) {
            Gate gate = gate(where);
            for (String header : List.of("1603010000", "1603014101", "160301ffff")) {
                cases.add(of("record " + header + ", " + where, gate, Then.IS_SILENT, HANDSHAKE_FAILED, hex(header)));
            }
            cases.add(of("another message, " + where, gate, Then.ENDS, HANDSHAKE_FAILED, hex("160301000402000000")));
            cases.add(of("half a record, " + where, gate, Then.IS_SILENT, HANDSHAKE_TIMEOUT, hex("16030101000100")));
            cases.add(of("half a record, " + where, gate, Then.ENDS, HANDSHAKE_FAILED, hex("16030101000100")));
            cases.add(of("half a record, " + where, gate, Then.RESETS, IO_FAILED, hex("16030101000100")));
            cases.add(of("nothing, " + where, gate, Then.IS_SILENT, HANDSHAKE_TIMEOUT));
        }
        for (String where : List.of("TLS", "SNI")) {
            Gate gate = gate(where);
            for (String opening :
                    List.of("GET / HTTP/1.1\r\n\r\n", "EHLO a\r\n", "\0\0\0\0", "\u0015\u0003\u0003\0\u0002\u0002(")) {
                cases.add(of(printable(opening) + ", " + where, gate, Then.IS_SILENT, HANDSHAKE_FAILED, opening));
            }
            cases.add(of("SSLv2, " + where, gate, Then.IS_SILENT, HANDSHAKE_FAILED, hex("802e0103010015")));
        }
    }

    private static Gate gate(String name) {
        return name.equals("TLS") ? TLS : name.equals("SNI") ? SNI : DETECT;
    }

    private static void addHellos(List<Case> cases) {
        byte[] hello = MemoryTlsPeer.hello("TLSv1.3");
        byte[] garbage = hello.clone();
        Arrays.fill(garbage, 43, garbage.length, (byte) 0x55);
        byte[] tooLong = hex("1603010010010fffff03030000000000000000000000");
        for (String where : List.of("TLS", "SNI")) {
            Gate gate = gate(where);
            cases.add(of("a hello of garbage, " + where, gate, Then.ENDS, HANDSHAKE_FAILED, garbage));
            cases.add(of("a hello and silence, " + where, gate, Then.IS_SILENT, HANDSHAKE_TIMEOUT, hello));
            cases.add(of(
                    "a hello and HTTP, " + where,
                    gate,
                    Then.ENDS,
                    HANDSHAKE_FAILED,
                    hello,
                    "GET /".getBytes(ISO_8859_1)));
            cases.add(of("a hello and a reset, " + where, gate, Then.RESETS, IO_FAILED, hello));
        }
        cases.add(of("a hello of 1 MiB, SNI", SNI, Then.IS_SILENT, HANDSHAKE_FAILED, tooLong));
        cases.add(of(
                "a name that is not served",
                Gate.bySni(Map.of("other.example", PROFILE), null),
                Then.IS_SILENT,
                HANDSHAKE_FAILED,
                hello));
    }

    private static void addUpgrades(List<Case> cases) {
        for (String behind : List.of("NOOP\r\n", "\0", "\u0016", "STARTTLS\r\n")) {
            cases.add(of(
                    "STARTTLS with " + printable(behind) + " after it",
                    PLAIN,
                    Then.IS_SILENT,
                    UPGRADE_VIOLATION,
                    "STARTTLS\r\n" + behind));
        }
        byte[] command = "STARTTLS\r\n".getBytes(ISO_8859_1);
        for (String after :
                List.of("NOOP\r\n", "GET / HTTP/1.1\r\n", "\0\0\0\0\0", "\u0015\u0003\u0003\0\u0002\u0002(")) {
            cases.add(of(
                    "STARTTLS, then " + printable(after),
                    PLAIN,
                    Then.ENDS,
                    UPGRADE_VIOLATION,
                    command,
                    after.getBytes(ISO_8859_1)));
        }
        byte[] badRecord = hex("160301ffff");
        cases.add(of("STARTTLS, then a bad record", PLAIN, Then.ENDS, HANDSHAKE_FAILED, command, badRecord));
        cases.add(of("STARTTLS, then nothing", PLAIN, Then.IS_SILENT, HANDSHAKE_TIMEOUT, command));
        cases.add(of("STARTTLS, then the end", PLAIN, Then.ENDS, HANDSHAKE_FAILED, command));
        cases.add(of("STARTTLS, then a reset", PLAIN, Then.RESETS, IO_FAILED, command));
        byte[] hello = MemoryTlsPeer.hello("TLSv1.2");
        cases.add(of("STARTTLS, a hello, silence", PLAIN, Then.IS_SILENT, HANDSHAKE_TIMEOUT, command, hello));
        cases.add(of("STARTTLS, a hello, the end", PLAIN, Then.ENDS, HANDSHAKE_FAILED, command, hello));
    }

    private static void addGates(List<Case> cases) {
        Gate never = peer -> Decision.later(new CompletableFuture<>());
        Gate failing = peer -> {
            throw new IllegalStateException("from the gate");
        };
        cases.add(of("a decision that never comes", never, Then.IS_SILENT, HANDSHAKE_TIMEOUT, "hello"));
        cases.add(of("a gate that throws", failing, Then.ENDS, HANDSHAKE_FAILED, "hello"));
        cases.add(of("a gate that refuses", peer -> Decision.reject("no"), Then.ENDS, HANDSHAKE_FAILED, "hello"));
        Gate relay = peer -> Decision.relay(new InetSocketAddress("192.0.2.80", 80));
        cases.add(of("a relay to nowhere", relay, Then.ENDS, HANDSHAKE_FAILED, "hello"));
        Gate behindSilence =
                peer -> Decision.byOpening().onSilence(Duration.ofMillis(200), Decision.reject("221 bye\r\n"));
        cases.add(of("a gate that refuses silence", behindSilence, Then.IS_SILENT, HANDSHAKE_FAILED));
    }

    @Test
    void thereAreMoreThanSixty() {
        List<Case> cases = cases();
        assertTrue(cases.size() >= 60, cases.size() + " cases");
        assertEquals(cases.size(), cases.stream().map(Case::toString).distinct().count(), "names");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    @DisplayName("R3 R7 R9 R10 R11 bad input ends its connection with the right reason, in time, and affects no other "
            + "connection")
    void endsWithTheRightReason(Case bad) throws Exception {
        VirtualMachine machine = new VirtualMachine();
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = commands();
        machine.connector.impossible = Set.of("192.0.2.80");
        machine.start(endpoint, transport, bad.gate, handler);
        for (byte[] piece : bad.pieces) {
            transport.receive(piece).completeAll();
        }
        finish(bad, machine, transport);
        if (handler.reason == null) {
            // It has failed, and waits for the peer's end; or a deadline decides.
            machine.advance(BY_THE_CLOCK.contains(bad.expected) ? DEADLINE.minusMillis(1) : Duration.ofSeconds(4));
            assertEquals(BY_THE_CLOCK.contains(bad.expected), handler.reason == null, "too early or too late");
            machine.advance(Duration.ofMillis(1));
        }
        transport.completeAll();
        assertEquals(bad.expected, handler.reason);
        transport.verify(bad.name);
        machine.verify(bad.name);
        assertEquals("", handler.receivedText(), "the bytes were interpreted");
        assertTheNextConnectionIsFine(machine, endpoint);
    }

    private static void finish(Case bad, VirtualMachine machine, ScriptedTransport transport) {
        machine.runTasks();
        switch (bad.then) {
            case ENDS -> transport.receiveEnd();
            case RESETS -> transport.fail(new IOException("reset"));
            case IS_SILENT -> {}
        }
        transport.completeAll();
    }

    /** Supports STARTTLS, and records everything else. */
    private static RecordingHandler commands() {
        RecordingHandler handler = new RecordingHandler();
        handler.onData = (connection, data) -> {
            byte[] line = new byte[Math.min(data.remaining(), 10)];
            data.get(data.position(), line);
            if (new String(line, ISO_8859_1).equals("STARTTLS\r\n")) {
                data.position(data.position() + line.length);
                connection.write(ByteBuffer.wrap("220\r\n".getBytes(ISO_8859_1)));
                var unused = connection.startTls(PROFILE);
            } else {
                handler.take(data);
            }
        };
        return handler;
    }

    private static void assertTheNextConnectionIsFine(VirtualMachine machine, Endpoint endpoint) throws Exception {
        ScriptedTransport next = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler echo = RecordingHandler.echo();
        machine.start(endpoint, next, DETECT, echo);
        MemoryTlsPeer peer = new MemoryTlsPeer(next, "TLSv1.3").begin();
        peer.exchange();
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
        assertNull(echo.reason);
        echo.connection().abort();
        next.completeAll();
        next.verify("the next connection");
        machine.verify("the next connection");
    }

    private static Case of(String name, Gate gate, Then then, CloseReason expected, byte[]... pieces) {
        return new Case(name, gate, List.of(pieces), then, expected);
    }

    private static Case of(String name, Gate gate, Then then, CloseReason expected, String text) {
        return of(name, gate, then, expected, text.getBytes(ISO_8859_1));
    }

    private static byte[] header(ProxyVersion version) {
        assertTrue(ProxyHeaderReader.LIMIT < 64 * 1024);
        ByteBuffer header = ProxyHeader.of(new InetSocketAddress("203.0.113.9", 4711), VirtualMachine.LOCAL)
                .encode(version);
        byte[] bytes = new byte[header.remaining()];
        header.get(bytes);
        return bytes;
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static String printable(String text) {
        String printed = text.strip();
        return printed.matches("[ -~]+") ? printed : "bytes " + HexFormat.of().formatHex(text.getBytes(ISO_8859_1));
    }
}
