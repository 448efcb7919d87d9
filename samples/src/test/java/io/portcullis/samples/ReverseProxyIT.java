// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ReverseProxy} with curl, in front of a plain backend, a TLS backend, and none. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ReverseProxyIT {
    private static final int MANY = 10 << 20;

    @SuppressWarnings("NullAway.Init")
    private static SampleServer backend;

    @BeforeAll
    static void start() throws Exception {
        backend = SampleServer.start("--plain", "0", "--tls", "0");
    }

    @AfterAll
    static void stop() {
        backend.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "tls"})
    void curlSendsAndReceivesTenMebibytes(String scheme, @TempDir Path directory) throws Exception {
        Command.assumeInstalled("curl");
        byte[] body = new byte[MANY];
        new Random(1).nextBytes(body);
        Path sent = Files.write(directory.resolve("sent"), body);
        Path received = directory.resolve("received");
        try (SampleServer proxy = proxy(scheme)) {
            Command curl = curl(proxy, "/echo", "--data-binary", "@" + sent, "-o", received.toString());
            assertEquals(0, curl.exit(), curl.all());
            assertEquals("200", curl.out());
            assertArrayEquals(body, Files.readAllBytes(received));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "tls"})
    void aClientThatHasHalfClosedGetsItsResponse(String scheme) throws Exception {
        try (SampleServer proxy = proxy(scheme);
                SSLSocket socket = Fetch.secured(Wire.trustingAll(), proxy.address("tls"), "localhost")) {
            socket.getOutputStream().write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1));
            socket.shutdownOutput();
            String response = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            assertTrue(response.startsWith("HTTP/1.1 200 ") && response.endsWith("\r\n\r\nok\n"), response);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, MANY})
    void aBackendThatIsDownIsABadGateway(int bytes, @TempDir Path directory) throws Exception {
        Command.assumeInstalled("curl");
        Path body = Files.write(directory.resolve("body"), new byte[bytes]);
        try (SampleServer proxy = SampleServer.program(
                "ReverseProxy", "--port", "0", "--plain", "127.0.0.1", String.valueOf(unusedPort()))) {
            Command curl = curl(proxy, "/", "--data-binary", "@" + body, "-H", "Expect:");
            assertEquals("502", curl.out(), curl.all());
            assertEquals(0, curl.exit(), "the connection ends in order: " + curl.all());
        }
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static SampleServer proxy(String scheme) throws IOException, InterruptedException {
        String option = scheme.equals("plain") ? "--plain" : "--trust-anybody";
        String port = String.valueOf(backend.port(scheme));
        return SampleServer.program("ReverseProxy", "--port", "0", option, "127.0.0.1", port);
    }

    /** Prints the status on standard output. */
    private static Command curl(SampleServer proxy, String path, String... arguments)
            throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of("curl", "-sSk", "--noproxy", "*", "-m", "60", "-w", "%{http_code}"));
        command.addAll(List.of(arguments));
        command.add("https://127.0.0.1:" + proxy.port("tls") + path);
        return Command.run(command);
    }
}
