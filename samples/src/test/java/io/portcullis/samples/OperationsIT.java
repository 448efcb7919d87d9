// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The endpoints of the sample server for probes and Prometheus. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class OperationsIT {
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.start("--plain", "0", "--tls", "0", "--operations", "0", "--operations-name", "one");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Returns the whole response to the only request of a connection. */
    private static String ask(Wire wire, String listener, String path) throws IOException {
        try (Socket socket = wire.connect(server.address(listener))) {
            send(socket, path, "Connection: close\r\n");
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    private static void send(Socket socket, String path, String fields) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n").getBytes(US_ASCII));
    }

    private static String statusLine(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
    }

    private static void assertHas(String metrics, String sample) {
        assertTrue(Pattern.compile("(?m)^" + sample + "$").matcher(metrics).find(), () -> sample + " in\n" + metrics);
    }

    @Test
    void metersWhatHappensAsPrometheusReadsIt() throws Exception {
        assertTrue(ask(Wire.TLS_1_3, "tls", "/health").endsWith("\r\n\r\nok\n"));
        ask(Wire.PLAIN, "tls", "/health");
        String response = ask(Wire.PLAIN, "operations", "/metrics");
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), response);
        assertTrue(response.contains("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), response);
        String metrics = response.substring(response.indexOf("\r\n\r\n") + 4);
        assertHas(metrics, "portcullis_connections_active\\{listener=\"operations\",mode=\"plain\"\\} 1.0");
        assertHas(
                metrics,
                "portcullis_handshakes_seconds_count\\{group=\"[^\"]+\",listener=\"tls\",outcome=\"SUCCESS\","
                        + "protocol=\"TLSv1.3\",resumed=\"false\",suite=\"TLS_[A-Z0-9_]+\"\\} [1-9].*");
        assertHas(
                metrics,
                "portcullis_handshakes_seconds_count\\{group=\"none\",listener=\"tls\",outcome=\"PLAIN_HTTP\".*");
        assertHas(
                metrics,
                "portcullis_certificate_remaining_seconds\\{host=\"localhost\",listener=\"tls\"\\} 7[0-9]{6}.*");
        assertHas(metrics, "portcullis_dispatcher_threads [1-9].*");
        assertHas(metrics, "jvm_memory_used_bytes\\{.*");
        Command.assumeInstalled("promtool");
        Command promtool = Command.run(List.of("promtool", "check", "metrics"), metrics);
        assertEquals(0, promtool.exit(), promtool.all());
    }

    @Test
    @DisplayName("R30 load balancers are notified before the drain begins, on existing and new connections")
    void isNotReadyBeforeItStops() throws Exception {
        try (SampleServer stopping = SampleServer.start("--mixed", "0", "--notice", "2s");
                Socket old = Wire.TLS_1_3.connect(stopping.address("mixed"))) {
            send(old, "/ready", "");
            assertEquals("HTTP/1.1 200 OK", statusLine(old));
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> stop(stopping));
            String status = "";
            while (!status.equals("HTTP/1.1 503 Service Unavailable")) {
                try (Socket probe = Wire.PLAIN.connect(stopping.address("mixed"))) {
                    send(probe, "/ready", "");
                    status = statusLine(probe);
                }
            }
            try (Socket live = Wire.PLAIN.connect(stopping.address("mixed"))) {
                send(live, "/health", "");
                assertEquals("HTTP/1.1 200 OK", statusLine(live), "it is healthy, and keeps serving");
            }
            assertEquals(143, exit.get(), "128 + SIGTERM");
        }
    }

    /**
     * Behind a TCP proxy all clients have the proxy's address, which may be one of this machine: no public listener
     * trusts it.
     */
    @ParameterizedTest
    @CsvSource({"PLAIN, plain", "TLS_1_3, tls"})
    void whatIsForOperatorsIsOnNoPublicListenerAlsoForThisMachine(Wire wire, String listener) throws Exception {
        for (String path : List.of("/metrics", "/dashboard", "/dashboard/events", "/dashboard/dashboard.js")) {
            assertTrue(ask(wire, listener, path).startsWith("HTTP/1.1 404 Not Found\r\n"), path);
        }
        assertTrue(ask(wire, listener, "/ready").startsWith("HTTP/1.1 200 OK\r\n"));
        assertTrue(ask(wire, listener, "/health").startsWith("HTTP/1.1 200 OK\r\n"));
    }

    @Test
    void operatorsReadThemOverPlainAndTls() throws Exception {
        for (Wire wire : Wire.values()) {
            for (String path : List.of("/metrics", "/dashboard", "/ready", "/health")) {
                assertTrue(ask(wire, "operations", path).startsWith("HTTP/1.1 200 OK\r\n"), path);
            }
        }
    }

    @Test
    @DisplayName("DNS rebinding: the operations pages are not served under a name that an attacker may control")
    void aForeignNameIsMisdirected() throws Exception {
        for (String path : List.of("/metrics", "/dashboard", "/dashboard/events", "/dashboard/dashboard.js")) {
            String response = askAs("attacker.example:" + server.port("operations"), path);
            assertTrue(response.startsWith("HTTP/1.1 421 Misdirected Request\r\n"), response);
            assertTrue(response.contains("--operations-name NAME"), response);
            assertFalse(response.contains("attacker"), response);
        }
        assertTrue(askAs("attacker.example", "/ready").startsWith("HTTP/1.1 200 OK\r\n"), "probes may use any name");
        assertTrue(askAs("one:9002", "/metrics").startsWith("HTTP/1.1 200 OK\r\n"));
        assertTrue(askAs("[::1]", "/metrics").startsWith("HTTP/1.1 200 OK\r\n"));
    }

    private static String askAs(String host, String path) throws IOException {
        try (Socket socket = Wire.PLAIN.connect(server.address("operations"))) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                            .getBytes(US_ASCII));
            return Fetch.rest(socket);
        }
    }

    @Test
    @DisplayName("By default the operations listener is reachable from this machine only")
    void operationsAreOfThisMachineByDefault() throws Exception {
        try (SampleServer open = SampleServer.start(
                "--host",
                "127.0.0.1",
                "--plain",
                "0",
                "--operations",
                "0",
                "--metrics",
                "192.0.2.7",
                "--dashboard",
                "none")) {
            try (Socket socket = Wire.PLAIN.connect(open.address("operations"))) {
                send(socket, "/metrics", "Connection: close\r\n");
                String response = Fetch.rest(socket);
                assertTrue(
                        response.startsWith("HTTP/1.1 403 Forbidden\r\n") && response.contains("--metrics RANGE"),
                        response);
            }
            try (Socket socket = Wire.PLAIN.connect(open.address("operations"))) {
                send(socket, "/dashboard", "Connection: close\r\n");
                assertTrue(Fetch.rest(socket).startsWith("HTTP/1.1 404 Not Found\r\n"));
            }
        }
    }

    @Test
    @DisplayName("Behind a load balancer all listeners but --plain and --operations require a PROXY header")
    void behindAProxyTheClientsAddressIsKnown() throws Exception {
        try (SampleServer behind = SampleServer.start(
                "--plain", "0", "--mixed", "0", "--operations", "0", "--behind-proxy", "127.0.0.1,10.0.0.0/8")) {
            String header = "PROXY TCP4 192.0.2.7 127.0.0.1 50000 443\r\n";
            assertTrue(askBehind(behind, header, "/").contains("from:        192.0.2.7:50000\n"));
            assertEquals("", askBehind(behind, "", "/"), "without a header");
            for (String listener : List.of("plain", "operations")) {
                Command health = Command.samples("health", "--port", String.valueOf(behind.port(listener)));
                assertEquals("healthy\n", health.out(), health.all());
                assertEquals(0, health.exit());
            }
        }
    }

    @Test
    void healthReportsWhatIsWrong() throws Exception {
        Command nothing =
                Command.samples("health", "--port", String.valueOf(server.port("plain")), "--path", "/nothing");
        assertEquals(1, nothing.exit());
        assertTrue(nothing.err().contains("the response to /nothing is 'HTTP/1.1 404 Not Found'"), nothing.err());
        Command secured = Command.samples("health", "--port", String.valueOf(server.port("tls")));
        assertEquals(1, secured.exit());
        assertTrue(secured.err().contains("unhealthy: "), secured.err());
    }

    private static String askBehind(SampleServer behind, String header, String path) throws IOException {
        try (Socket socket = Wire.PLAIN.connect(behind.address("mixed"))) {
            socket.getOutputStream().write(header.getBytes(US_ASCII));
            send(socket, path, "Connection: close\r\n");
            return Fetch.rest(socket);
        }
    }

    private static int stop(SampleServer stopping) {
        try {
            return stopping.stop();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
