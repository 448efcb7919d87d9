// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** SIGTERM in the middle of a response. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class DrainIT {
    private static final int MUCH = 64 << 20;

    private static void request(Socket socket, String target) throws IOException {
        socket.getOutputStream().write(("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(US_ASCII));
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.read());
        }
        return head.toString();
    }

    @Test
    @DisplayName("R30, R44 before the process exits, a response in progress is completed, and its connection closed")
    void finishesTheResponseInProgress() throws Exception {
        try (SampleServer server = SampleServer.start("--mixed", "0", "--drain", "60s");
                Socket plain = Wire.PLAIN.connect(server.address("mixed"));
                Socket secured = Wire.TLS_1_3.connect(server.address("mixed"));
                Socket idle = Wire.TLS_1_2.connect(server.address("mixed"))) {
            request(idle, "/health");
            assertTrue(head(idle.getInputStream()).contains(" 200 "));
            assertEquals("ok\n", new String(idle.getInputStream().readNBytes(3), US_ASCII));
            for (Socket socket : new Socket[] {plain, secured}) {
                request(socket, "/bytes/" + MUCH);
                assertTrue(head(socket.getInputStream()).contains(" 200 "));
            }
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> stop(server));
            awaitRefusal(server);
            assertFalse(exit.isDone());
            for (Socket socket : new Socket[] {plain, secured}) {
                assertEquals(MUCH, socket.getInputStream().skip(MUCH), "the whole response");
            }
            for (Socket socket : new Socket[] {idle, plain, secured}) {
                request(socket, "/health");
                assertTrue(head(socket.getInputStream()).contains("\r\nConnection: close\r\n"));
                assertEquals("ok\n", new String(socket.getInputStream().readAllBytes(), US_ASCII));
                socket.shutdownOutput();
            }
            assertEquals(143, exit.get(), "128 + SIGTERM");
        }
    }

    /** Waits until connections are no longer accepted: the drain has begun. */
    private static void awaitRefusal(SampleServer server) throws IOException {
        boolean refused = false;
        while (!refused) {
            try {
                Wire.PLAIN.connect(server.address("mixed")).close();
            } catch (SocketException refusedOrReset) {
                refused = true;
            }
        }
    }

    @Test
    @DisplayName("R44 an idle connection is closed in an orderly way at the deadline, by a close_notify")
    void closesWhatStaysIdleAtTheDeadline() throws Exception {
        try (SampleServer server = SampleServer.start("--mixed", "0", "--drain", "100ms");
                Socket idle = Wire.TLS_1_2.connect(server.address("mixed"))) {
            request(idle, "/health");
            head(idle.getInputStream());
            idle.getInputStream().readNBytes(3);
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> stop(server));
            assertEquals(-1, idle.getInputStream().read(), "closed by a close_notify");
            assertEquals(143, exit.get(), "128 + SIGTERM");
        }
    }

    private static int stop(SampleServer server) {
        try {
            return server.stop();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
