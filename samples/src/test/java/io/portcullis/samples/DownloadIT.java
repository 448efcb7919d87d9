// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The program {@code Download}: serves the file byte for byte while another client reads slowly. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class DownloadIT {
    private static final int LENGTH = 64 << 20;
    private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(ISO_8859_1);
    private static final Pattern SENT = Pattern.compile("sent " + LENGTH + ", (\\d+) buffers leased");

    @SuppressWarnings("NullAway.Init")
    private Process process;

    @SuppressWarnings("NullAway.Init")
    private BufferedReader out;

    private int port;

    @BeforeEach
    void start() throws IOException {
        process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-cp",
                        System.getProperty("portcullis.jar", "target/portcullis-samples.jar"),
                        "io.portcullis.samples.programs.Download",
                        "--port",
                        "0")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        out = process.inputReader(ISO_8859_1);
        String listening = out.readLine();
        assertTrue(listening != null && listening.startsWith("listening mixed 127.0.0.1:"), listening);
        port = Integer.parseInt(listening.substring(listening.lastIndexOf(':') + 1));
        assertEquals("ready", out.readLine());
    }

    @AfterEach
    void stop() {
        process.destroyForcibly();
    }

    @Test
    void servesTheFilePlainAndByTlsBesideASlowReader() throws Exception {
        try (Socket slow = new Socket()) {
            slow.setReceiveBufferSize(8192);
            slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            slow.setSoTimeout(60_000);
            slow.getOutputStream().write(REQUEST);
            assertEquals('H', slow.getInputStream().read(), "its file is being sent");
            HttpClient client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .sslContext(Wire.trustingAll())
                    .build();
            for (String scheme : List.of("http", "https")) {
                URI uri = URI.create(scheme + "://127.0.0.1:" + port + "/");
                HttpResponse<InputStream> response =
                        client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream());
                assertEquals(200, response.statusCode());
                checkFile(response.body());
                // Two chunks for the slow reader, the last one of the finished reader, and the buffers that both are
                // read into.
                assertTrue(leased() <= 8, "buffers leased");
            }
            String head = head(slow.getInputStream());
            assertTrue(head.contains("Content-Length: " + LENGTH + "\r\n"), head);
            checkFile(slow.getInputStream());
            assertTrue(leased() <= 8, "buffers leased");
        }
        process.toHandle().destroy();
        assertEquals("stopped, 0 buffers leased", out.readLine());
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it did not end");
    }

    private int leased() throws IOException {
        String line = out.readLine();
        Matcher matcher = SENT.matcher(String.valueOf(line));
        assertTrue(matcher.matches(), line);
        return Integer.parseInt(matcher.group(1));
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    /** Reads the whole file to the end of the stream. */
    private static void checkFile(InputStream in) throws IOException {
        byte[] piece = new byte[251 * 1024];
        int position = 0;
        for (int length = in.readNBytes(piece, 0, piece.length); length > 0; ) {
            for (int i = 0; i < length; i++) {
                if (piece[i] != (byte) ((position + i) % 251)) {
                    throw new AssertionError("byte " + (position + i) + " is " + piece[i]);
                }
            }
            position += length;
            length = in.readNBytes(piece, 0, piece.length);
        }
        assertEquals(LENGTH, position);
    }
}
