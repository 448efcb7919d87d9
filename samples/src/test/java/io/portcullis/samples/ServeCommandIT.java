// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ServeCommandIT {
    private static final byte[] REQUEST =
            "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(US_ASCII);
    private static final long STOP_LIMIT = TimeUnit.SECONDS.toNanos(12);

    @Test
    void reportsTheListenersInOrderAndIsSilentAfterReady() throws Exception {
        try (SampleServer server =
                SampleServer.start("--echo", "0", "--operations", "0", "--mixed", "0", "--tls", "0", "--plain", "0")) {
            assertEquals(List.of("plain", "tls", "mixed", "echo", "operations"), server.listeners());
            assertEquals("ok\n", health(Wire.PLAIN, server, "plain"));
            assertEquals("ok\n", health(Wire.TLS_1_3, server, "tls"));
            assertEquals("ok\n", health(Wire.PLAIN, server, "mixed"));
            assertEquals("ok\n", health(Wire.TLS_1_2, server, "mixed"));
            server.stop();
            assertEquals(List.of(), server.outputAfterReady());
            String errors = server.allErrors();
            assertTrue(errors.contains("curl -k https://127.0.0.1:"), errors);
        }
    }

    @Test
    void opensOnlyWhatIsNamed() throws Exception {
        try (SampleServer server = SampleServer.start("--mixed", "0")) {
            assertEquals(List.of("mixed"), server.listeners());
        }
    }

    @Test
    void stopsInAnOrderlyWayOnSigterm() throws Exception {
        try (SampleServer server = SampleServer.onFreePorts("--drain", "1s");
                Socket plain = Wire.PLAIN.connect(server.address("plain"));
                Socket secured = Wire.TLS_1_3.connect(server.address("mixed"));
                Socket silent = Wire.PLAIN.connect(server.address("echo"))) {
            long start = System.nanoTime();
            int exit = server.stop();
            assertTrue(System.nanoTime() - start < STOP_LIMIT);
            assertEquals(143, exit, "128 + SIGTERM");
            String errors = server.allErrors();
            assertTrue(errors.endsWith("stopped"), errors);
            assertFalse(errors.contains("Exception"), errors);
            assertEquals(-1, plain.getInputStream().read());
            assertEquals(-1, secured.getInputStream().read());
            assertTrue(silent.isConnected());
        }
    }

    @Test
    void namesThePortThatIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());
            Command command = Command.samples("serve", "--plain", "0", "--mixed", port);
            assertEquals(1, command.exit(), command.all());
            assertTrue(command.err().contains("port " + port + " "), command.err());
            assertTrue(command.err().contains("--mixed PORT"), command.err());
            assertFalse(command.err().contains("\tat "), command.err());
            assertEquals("", command.out());
        }
    }

    @Test
    void withoutArgumentsItServesOnItsDefaultPorts() throws Exception {
        try (ServerSocket taken = takeOrFindTaken(ListenerKind.MIXED.defaultPort())) {
            Command command = Command.samples();
            assertEquals(1, command.exit(), command.all() + taken);
            assertTrue(command.err().contains("is in use"), command.err());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--help", "serve --help"})
    void helpGoesToStandardOutput(String line) throws Exception {
        Command command = Command.samples(line.split(" ", -1));
        assertEquals(0, command.exit(), command.all());
        assertTrue(command.out().contains("Usage: portcullis-samples"), command.out());
        assertEquals("", command.err());
    }

    @Test
    void printsItsVersion() throws Exception {
        Command command = Command.samples("--version");
        assertEquals(0, command.exit(), command.all());
        assertTrue(command.out().matches("portcullis-samples \\d+\\.\\d+\\.\\d+\\S*\\R"), command.out());
    }

    /** CommandLineTest covers more of them. */
    @Test
    void badArgumentsAreExplainedOnStandardError() throws Exception {
        Command command = Command.samples("serve", "--tls", "0", "--cert", "nothing.pem", "--key", "nothing.pem");
        assertEquals(2, command.exit(), command.all());
        assertEquals("", command.out());
        assertTrue(command.err().contains("Usage: "), command.err());
        assertFalse(command.err().contains("\tat "), command.err());
    }

    @Test
    void listsTheEngines() throws Exception {
        Command command = Command.samples("engines");
        assertEquals(0, command.exit(), command.all());
        assertTrue(command.out().contains("jdk: "), command.out());
        assertTrue(command.out().contains("boringssl: "), command.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdk", "best"})
    void servesWithTheEngineOfItsChoice(String engine) throws Exception {
        try (SampleServer server = SampleServer.onFreePorts("--engine", engine)) {
            assertEquals("ok\n", health(Wire.TLS_1_3, server, "tls"));
            assertEquals("ok\n", health(Wire.TLS_1_2, server, "mixed"));
        }
    }

    @Test
    void warnsOfCompatibleSuites() throws Exception {
        try (SampleServer server = SampleServer.start("--tls", "0", "--suites", "compatible")) {
            server.stop();
            String errors = server.allErrors();
            assertTrue(errors.contains("warning: --suites compatible"), errors);
        }
    }

    @Test
    void presentsTheCertificateOfItsFiles(@TempDir Path directory) throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        Path chain = pem(directory, "CERTIFICATE", made.certificate().getEncoded());
        Path key = pem(directory, "PRIVATE KEY", made.key().getEncoded());
        try (SampleServer server =
                        SampleServer.start("--tls", "0", "--cert", chain.toString(), "--key", key.toString());
                SSLSocket socket = (SSLSocket) Wire.TLS_1_3.connect(server.address("tls"))) {
            Certificate presented = socket.getSession().getPeerCertificates()[0];
            assertEquals(made.certificate(), presented);
        }
    }

    @Test
    void refusesClientsWithoutACertificateWhereOneIsNeeded(@TempDir Path directory) throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        Path authority = pem(directory, "CERTIFICATE", made.certificate().getEncoded());
        try (SampleServer server =
                SampleServer.start("--tls", "0", "--ca", authority.toString(), "--client-auth", "need")) {
            assertThrows(IOException.class, () -> health(Wire.TLS_1_2, server, "tls"));
            assertThrows(IOException.class, () -> health(Wire.TLS_1_3, server, "tls"));
        }
    }

    private static ServerSocket takeOrFindTaken(int port) throws IOException {
        try {
            return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            return new ServerSocket();
        }
    }

    private static Path pem(Path directory, String label, byte[] der) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Path file = Files.createTempFile(directory, "portcullis", ".pem");
        return Files.writeString(file, "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
    }

    private static String health(Wire wire, SampleServer server, String listener) throws IOException {
        try (Socket socket = wire.connect(server.address(listener))) {
            socket.getOutputStream().write(REQUEST);
            String response = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            return response.substring(response.indexOf("\r\n\r\n") + 4);
        }
    }
}
