// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Socket;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every byte comes back: large volumes, small writes, and even after the client has closed its stream. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class EchoBytesIT {
    private static final int KIB = 1024;
    private static final int MIB = 1024 * KIB;

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = SampleServer.start("--mixed", "0", "--echo", "0");
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @ParameterizedTest
    @EnumSource
    void returnsMuchByteExact(Wire wire) throws Exception {
        long seed = Seed.announce("returnsMuchByteExact " + wire);
        long total = wire == Wire.TLS_1_3 || Boolean.getBoolean("portcullis.long") ? 1024L * MIB : 64L * MIB;
        try (Socket socket = wire.connect(server.address("echo"))) {
            new EchoExchange(total, seed, random -> KIB + random.nextInt(MIB - KIB + 1), MIB).over(socket);
        }
    }

    @ParameterizedTest
    @EnumSource
    void returnsSmallWritesByteExact(Wire wire) throws Exception {
        long seed = Seed.announce("returnsSmallWritesByteExact " + wire);
        try (Socket socket = wire.connect(server.address("echo"))) {
            new EchoExchange(4L * MIB, seed, random -> 1 + random.nextInt(100), 100).over(socket);
        }
    }

    @Test
    void requestWithItsCloseNotifyInTheSameSegmentGetsItsWholeResponse() throws Exception {
        byte[] request =
                "GET /bytes/100000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".getBytes(ISO_8859_1);
        try (EngineClient client = new EngineClient(server.address("mixed"), "TLSv1.3")) {
            String response = new String(client.sendWithCloseNotify(request), ISO_8859_1);
            assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n"), () -> response.substring(0, 100));
            String body = response.substring(response.indexOf("\r\n\r\n") + 4);
            assertEquals(100_000, body.length());
            for (int i = 0; i < body.length(); i++) {
                assertEquals((char) (i % 251), body.charAt(i));
            }
        }
    }

    @Test
    void echoWithItsCloseNotifyInTheSameSegmentComesBackWhole() throws Exception {
        byte[] data = new byte[200_000];
        new Random(Seed.announce("echoWithItsCloseNotifyInTheSameSegmentComesBackWhole")).nextBytes(data);
        try (EngineClient client = new EngineClient(server.address("echo"), "TLSv1.3")) {
            assertArrayEquals(data, client.sendWithCloseNotify(data));
        }
    }
}
