// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A peer that sends its whole request before it reads gets the whole response, although the rest of the request is not
 * wanted.
 */
@Timeout(60)
@DisplayName("R43 a response after an upload")
class LingeringTest {
    private static final byte[] ANSWER = new byte[300_000];

    static {
        new Random(43).nextBytes(ANSWER);
    }

    /** Answers the first bytes, and closes. */
    private static void answer(Connection connection, ByteBuffer data) {
        data.position(data.limit());
        connection.write(ByteBuffer.wrap(ANSWER));
        connection.close();
    }

    private static Stream<Arguments> uploads() {
        return Stream.of("plain", "TLSv1.2", "TLSv1.3")
                .flatMap(kind -> Stream.of(200_000, 8 << 20).map(size -> Arguments.of(kind, size)));
    }

    private static Gate gate(String kind) {
        return kind.equals("plain") ? Gate.plain() : Gate.tls(TestCertificates.serverProfile());
    }

    private static void uploadThenRead(Rig rig, String kind, int size) throws Exception {
        try (Socket socket = rig.connect()) {
            if (kind.equals("plain")) {
                socket.getOutputStream().write(new byte[size]);
                assertArrayEquals(ANSWER, socket.getInputStream().readAllBytes());
            } else {
                TlsPeer peer = new TlsPeer(socket, kind);
                for (int sent = 0; sent < size; sent += 100_000) {
                    peer.wrap(ByteBuffer.allocate(100_000)).flush();
                }
                assertArrayEquals(ANSWER, peer.readToEnd());
            }
        }
        assertEquals(CloseReason.LOCAL_CLOSE, rig.nextEnd().reason());
    }

    @ParameterizedTest
    @MethodSource("uploads")
    void arrivesWhole(String kind, int size) throws Exception {
        try (Rig rig = new Rig(gate(kind), () -> LingeringTest::answer)) {
            uploadThenRead(rig, kind, size);
        }
    }

    @ParameterizedTest
    @MethodSource("uploads")
    void arrivesWholeAlsoWhileTheServerDrains(String kind, int size) throws Exception {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        ConnectionHandler slow = new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                opened.complete(connection);
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                data.position(data.limit());
            }

            @Override
            public void onDrain(Connection connection) {
                connection.write(ByteBuffer.wrap(ANSWER));
                connection.close();
            }
        };
        try (Rig rig = new Rig(gate(kind), () -> slow)) {
            var unused = opened.thenCompose(nothing -> rig.server.drain(Duration.ofSeconds(50)));
            uploadThenRead(rig, kind, size);
            rig.server.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void ofAGateThatRefusesPlaintextArrivesWhole() throws Exception {
        String refusal = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n";
        try (Rig rig = new Rig(
                        Gate.requireTls(Gate.tls(TestCertificates.serverProfile()), refusal),
                        () -> LingeringTest::answer);
                Socket socket = rig.connect()) {
            socket.getOutputStream().write("POST / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(ISO_8859_1));
            for (int i = 0; i < 80; i++) {
                socket.getOutputStream().write(new byte[100_000]);
            }
            assertEquals(refusal, new String(socket.getInputStream().readAllBytes(), ISO_8859_1));
        }
    }
}
