// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code AsyncClient}, in a process of its own, against {@code serve}. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class AsyncClientIT {
    @TempDir
    Path directory;

    @Test
    void showsTheAnswerAndTheHandshake() throws Exception {
        try (SampleServer server = ClientPrograms.serve(directory)) {
            Command client = ClientPrograms.run(
                    "AsyncClient",
                    "--trust",
                    directory.resolve("server.pem").toString(),
                    "localhost",
                    port(server, "tls"),
                    "/health");

            assertEquals(0, client.exit(), client.all());
            assertTrue(client.out().startsWith("HTTP/1.1 200 "), client.all());
            assertTrue(client.out().endsWith("\r\n\r\nok\n"), client.all());
            String trace = client.err();
            assertEquals(
                    List.of("admitted", "resolved", "tried", "connected", "open"),
                    trace.lines()
                            .filter(line -> line.contains(" ms  "))
                            .map(line -> line.substring(line.indexOf(" ms  ") + 5)
                                    .strip()
                                    .split(" ")[0])
                            .distinct()
                            .toList(),
                    client.all());
            for (String fact : List.of(
                    "  version      TLSv1.3",
                    "  suite        TLS_AES_",
                    "  group        ",
                    "  protocol     http/1.1",
                    "  handshake    full",
                    "  certificate  CN=localhost, O=Portcullis samples, EC with 256 bits, until ")) {
                assertTrue(trace.contains(fact), () -> fact + " is not in\n" + client.all());
            }
        }
    }

    @Test
    void verifiesTheServerUnlessToldOtherwise() throws Exception {
        try (SampleServer server = ClientPrograms.serve(directory)) {
            Command careful = ClientPrograms.run("AsyncClient", "localhost", port(server, "mixed"));
            assertEquals(1, careful.exit(), careful.all());
            assertEquals("", careful.out());
            assertTrue(
                    careful.err()
                            .contains("AsyncClient: cannot connect to localhost:" + port(server, "mixed")
                                    + " (HANDSHAKE): "),
                    careful.all());
            assertTrue(careful.err().contains(" ms  connected "), careful.all());
            assertFalse(careful.err().contains(" ms  open "), careful.all());

            Command careless = ClientPrograms.run(
                    "AsyncClient", "--trust-anybody", "127.0.0.1", port(server, "mixed"), "/bytes/100000");
            assertEquals(0, careless.exit(), careless.all());
            assertTrue(
                    careless.out().length() > 100_000,
                    () -> "only " + careless.out().length());

            Command plain = ClientPrograms.run("AsyncClient", "--plain", "127.0.0.1", port(server, "mixed"), "/health");
            assertEquals(0, plain.exit(), plain.all());
            assertTrue(plain.out().endsWith("\r\n\r\nok\n"), plain.all());
            assertTrue(plain.err().contains(" ms  open         plain"), plain.all());
        }
    }

    @Test
    void theAnswerAppearsAsItArrives() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Program client = new Program(listener);
                Socket server = listener.accept()) {
            server.getOutputStream().write("first half, ".getBytes(US_ASCII));
            assertEquals("first half, ", client.reads(12));
            server.getOutputStream().write("second half".getBytes(US_ASCII));
            assertEquals("second half", client.reads(11));
            server.shutdownOutput();
            assertEquals(0, client.ends());
        }
    }

    @Test
    void anAnswerThatIsCutOffIsAFailure() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Program client = new Program(listener)) {
            try (Socket server = listener.accept()) {
                server.getOutputStream().write("half".getBytes(US_ASCII));
                assertEquals("half", client.reads(4));
                server.setSoLinger(true, 0); // its end is a reset
            }
            assertEquals(1, client.ends());
        }
    }

    /** A client that is talked to while it runs. */
    private static final class Program implements AutoCloseable {
        private final Process process;

        Program(ServerSocket listener) throws IOException {
            String port = Integer.toString(listener.getLocalPort());
            process = new ProcessBuilder(ClientPrograms.command("AsyncClient", "--plain", "127.0.0.1", port))
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
        }

        String reads(int bytes) throws IOException {
            return new String(process.getInputStream().readNBytes(bytes), US_ASCII);
        }

        int ends() throws IOException, InterruptedException {
            assertEquals(-1, process.getInputStream().read());
            return process.waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    @Test
    void badArgumentsAreSaidSo() throws Exception {
        Command path = ClientPrograms.run("AsyncClient", "localhost", "443", "no path");
        assertEquals(2, path.exit(), path.all());
        assertTrue(path.err().startsWith("AsyncClient: 'no path' is not a path"), path.all());

        Command file = ClientPrograms.run("AsyncClient", "--trust", "/nowhere.pem");
        assertEquals(2, file.exit(), file.all());
        assertTrue(file.err().contains("/nowhere.pem"), file.all());

        Command port = ClientPrograms.run("AsyncClient", "localhost", "http");
        assertEquals(2, port.exit(), port.all());

        Command nobody = ClientPrograms.run("AsyncClient", "127.0.0.1", "1");
        assertEquals(1, nobody.exit(), nobody.all());
        assertTrue(nobody.err().contains("is the server running?"), nobody.all());
    }

    private static String port(SampleServer server, String listener) {
        return Integer.toString(server.port(listener));
    }
}
