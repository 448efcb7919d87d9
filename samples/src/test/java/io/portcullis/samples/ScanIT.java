// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log and the meters of the sample server after a scan of its TLS port. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class ScanIT {
    private static final int PORT_PROBES = 1_000;
    private static final int ROUNDS = 100;
    private static final int LINES = 100;
    private static final List<String> INFO = List.of("-Dorg.slf4j.simpleLogger.log.io.portcullis=info");
    private static final Pattern COUNT = Pattern.compile("^(?!#).* ([0-9.E]+)$", Pattern.MULTILINE);

    /** Input that is not TLS, and the reason counted for it. */
    private static final Map<String, String> GARBAGE = Map.of(
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "PLAIN_HTTP",
            "SSH-2.0-scanner\r\n", "NOT_TLS",
            "\u0000\u0001\u0002\u00ff\u00fe", "NOT_TLS",
            "\u0016\u0003\u0001\u00ff\u00ff\u0001", "BAD_RECORD",
            "\u0016\u0003\u0001\u0000\u0005\u0001", "TRUNCATED");

    @Test
    @DisplayName("A scan causes under 100 log lines without a stack trace, and every probe is counted under its reason")
    void leavesAFewLinesAndExactCounts() throws Exception {
        try (SampleServer server = SampleServer.start(INFO, "--plain", "0", "--tls", "0", "--operations", "0")) {
            for (int i = 0; i < PORT_PROBES; i++) {
                Wire.PLAIN.connect(server.address("tls")).close();
            }
            for (int i = 0; i < ROUNDS; i++) {
                for (String garbage : GARBAGE.keySet()) {
                    send(server, garbage);
                }
            }
            awaitCount(server, "portcullis_connections_active{listener=\"tls\",", 0);
            assertEquals(ROUNDS, count(server, failures("PLAIN_HTTP")));
            assertEquals(2 * ROUNDS, count(server, failures("NOT_TLS")));
            assertEquals(ROUNDS, count(server, failures("BAD_RECORD")));
            assertEquals(ROUNDS, count(server, failures("TRUNCATED")));
            assertEquals(
                    PORT_PROBES + ROUNDS * GARBAGE.size(),
                    count(server, "portcullis_connections_accepted_total{listener=\"tls\""));
            assertEquals(
                    PORT_PROBES, count(server, "portcullis_connections_closed_total{listener=\"tls\",reason=\"PEER_"));
            assertFewLines(server);
        }
    }

    @Test
    void aScannerOfSuitesLeavesAFewLinesToo() throws Exception {
        Command.assumeInstalled("sslscan");
        try (SampleServer server = SampleServer.start(INFO, "--plain", "0", "--tls", "0", "--operations", "0")) {
            Command command = Command.run(List.of("sslscan", "--no-colour", "127.0.0.1:" + server.port("tls")));
            assertEquals(0, command.exit(), command.all());
            assertTrue(count(server, failures("NO_COMMON_PROTOCOL")) > 0, "older protocols");
            assertTrue(count(server, failures("NO_COMMON_CIPHER_SUITE")) > 0, "weaker suites");
            assertEquals(0, count(server, failures("OTHER")), "all of them");
            assertFewLines(server);
        }
    }

    @Test
    void aScannerOfServersDefaultsLeavesAFewLinesToo() throws Exception {
        Command.assumeInstalled("testssl");
        try (SampleServer server = SampleServer.start(INFO, "--plain", "0", "--tls", "0", "--operations", "0")) {
            Command command = Command.run(List.of(
                    "testssl",
                    "--server-defaults",
                    "--warnings",
                    "off",
                    "--nodns",
                    "none",
                    "--color",
                    "0",
                    "127.0.0.1:" + server.port("tls")));
            assertTrue(command.out().contains("\"renegotiation info/#65281\""), command.all());
            assertTrue(count(server, failures("NO_COMMON_CIPHER_SUITE")) > 0, "signatures without a certificate");
            assertEquals(0, count(server, failures("OTHER")), "all of them");
            assertFewLines(server);
        }
    }

    private static void assertFewLines(SampleServer server) throws InterruptedException {
        assertEquals(143, server.stop());
        String log = server.errorsOfPeers();
        assertTrue(log.lines().count() < LINES, log);
        assertTrue(log.contains("INFO") && log.contains("connection "), "failures are logged");
        assertFalse(log.contains("\tat "), log);
    }

    private static String failures(String reason) {
        return "portcullis_handshakes_seconds_count{group=\"none\",listener=\"tls\",outcome=\"" + reason + "\"";
    }

    private static void send(SampleServer server, String bytes) throws IOException {
        try (Socket socket = Wire.PLAIN.connect(server.address("tls"))) {
            socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        } catch (IOException reset) {
            assertTrue(String.valueOf(reset.getMessage()).contains("reset"), reset::toString);
        }
    }

    private static void awaitCount(SampleServer server, String sample, long expected) throws IOException {
        long begin = System.nanoTime();
        while (count(server, sample) != expected) {
            assertTrue(System.nanoTime() - begin < TimeUnit.SECONDS.toNanos(30), () -> sample + " is not " + expected);
        }
    }

    /** Returns the sum of all samples with the given prefix. */
    private static long count(SampleServer server, String sample) throws IOException {
        try (Socket socket = Wire.PLAIN.connect(server.address("operations"))) {
            socket.getOutputStream()
                    .write("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
            String metrics = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertTrue(metrics.startsWith("HTTP/1.1 200 "), metrics);
            return (long) COUNT.matcher(metrics)
                    .results()
                    .filter(line -> line.group().startsWith(sample))
                    .map(MatchResult::group)
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                    .sum();
        }
    }
}
