// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** STARTTLS and the way back between our client and our server, over real sockets. */
@Timeout(60)
class UpgradeSocketsTest {
    private static final TlsProfile SERVER = TestCertificates.serverProfile();
    private static final byte[] STREAM = new byte[4 << 20];
    private static final int COMMAND = 1;
    private static final int BACK = 2;

    static {
        new Random(11).nextBytes(STREAM);
    }

    /** A command is one byte; the reply is a long stream, and then the connection switches. */
    private static final class Upgrading implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            byte command = data.get();
            connection.write(ByteBuffer.wrap(STREAM));
            if (command == COMMAND) {
                var unused = connection.startTls(SERVER);
            } else {
                var unused = connection.stopTls();
            }
        }

        @Override
        public void onSecured(Connection connection) {
            connection.write(ByteBuffer.wrap(STREAM));
        }
    }

    /** Collects bytes; a future completes when there are enough. */
    private static final class Collector implements ConnectionHandler {
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private int awaited = Integer.MAX_VALUE;
        private @Nullable Runnable then;

        /** Runs code within the callback in which the given number of bytes has been received. */
        void await(int bytes, Runnable code) {
            received.reset();
            awaited = bytes;
            then = code;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            received.writeBytes(bytes);
            if (received.size() >= awaited && then != null) {
                Runnable code = then;
                then = null;
                code.run();
            }
        }

        byte[] bytes() {
            return received.toByteArray();
        }
    }

    @Test
    @DisplayName("R8 long streams before and after the upgrade, and before and after the return to plaintext, are "
            + "byte-exact")
    void streamsAreRightToTheByte() throws Exception {
        TlsProfile trusting = TestCertificates.clientProfile();
        try (Rig rig = new Rig(Gate.plain(), Upgrading::new);
                Client client = Client.builder(rig.dispatcher).build()) {
            Collector collector = new Collector();
            Connection connection =
                    client.connect("localhost", rig.port(), collector).get(30, TimeUnit.SECONDS);
            CompletableFuture<byte[]> plain = new CompletableFuture<>();
            CompletableFuture<byte[]> secure = new CompletableFuture<>();
            connection.execute(() -> {
                collector.await(STREAM.length, () -> {
                    plain.complete(collector.bytes());
                    collector.await(STREAM.length, () -> secure.complete(collector.bytes()));
                    var unused = connection.startTls(trusting);
                });
                connection.write(ByteBuffer.wrap(new byte[] {COMMAND}));
            });
            assertArrayEquals(STREAM, plain.get(30, TimeUnit.SECONDS));
            assertArrayEquals(STREAM, secure.get(30, TimeUnit.SECONDS));
            assertEquals("TLSv1.3", connection.session().orElseThrow().protocol());
            goBackAndForth(connection, collector, trusting);
        }
    }

    private static void goBackAndForth(Connection connection, Collector collector, TlsProfile trusting)
            throws Exception {
        CompletableFuture<byte[]> last = new CompletableFuture<>();
        CompletableFuture<Void> plain = new CompletableFuture<>();
        connection.execute(() -> {
            collector.await(STREAM.length, () -> {
                last.complete(collector.bytes());
                var unused = connection.stopTls().thenAccept(plain::complete);
            });
            connection.write(ByteBuffer.wrap(new byte[] {BACK}));
        });
        assertArrayEquals(STREAM, last.get(30, TimeUnit.SECONDS));
        plain.get(30, TimeUnit.SECONDS);
        assertEquals(true, connection.session().isEmpty());
        CompletableFuture<byte[]> again = new CompletableFuture<>();
        connection.execute(() -> {
            collector.await(STREAM.length, () -> {
                collector.await(STREAM.length, () -> again.complete(collector.bytes()));
                var unused = connection.startTls(trusting);
            });
            connection.write(ByteBuffer.wrap(new byte[] {COMMAND}));
        });
        assertArrayEquals(STREAM, again.get(30, TimeUnit.SECONDS));
    }

    @Test
    @DisplayName("R9 a client whose server sends something after its reply ends the connection")
    void aClientRefusesBytesAfterTheReply() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), () -> new ConnectionHandler() {
                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        data.position(data.limit());
                        connection.write(ByteBuffer.wrap(new byte[] {'2', 'x'}));
                    }
                });
                Client client = Client.builder(rig.dispatcher).build()) {
            CompletableFuture<Throwable> failure = new CompletableFuture<>();
            CompletableFuture<CloseReason> reason = new CompletableFuture<>();
            Connection connection = client.connect("localhost", rig.port(), new ConnectionHandler() {
                        @Override
                        public void onData(Connection own, ByteBuffer data) {
                            data.get();
                            var unused = own.startTls(TestCertificates.clientProfile())
                                    .whenComplete((session, thrown) -> failure.complete(thrown));
                        }

                        @Override
                        public void onClose(Connection own, CloseReason why, @Nullable Throwable cause) {
                            reason.complete(why);
                        }
                    })
                    .get(30, TimeUnit.SECONDS);
            connection.write(ByteBuffer.wrap(new byte[] {COMMAND}));
            assertEquals(CloseReason.UPGRADE_VIOLATION, reason.get(30, TimeUnit.SECONDS));
            assertEquals(
                    HandshakeFailure.UPGRADE_VIOLATION,
                    assertInstanceOf(TlsException.class, failure.get()).failure());
        }
    }

    @Test
    void aClientVerifiesTheNameThatItConnectedTo() throws Exception {
        TlsProfile other = TlsProfile.builder()
                .certificate(
                        TestCertificates.other().key(), TestCertificates.other().certificate())
                .build();
        try (Rig rig = new Rig(Gate.plain(), () -> (connection, data) -> {
                    data.position(data.limit());
                    connection.write(ByteBuffer.wrap(new byte[] {COMMAND}));
                    var unused = connection.startTls(other);
                });
                Client client = Client.builder(rig.dispatcher).build()) {
            Collector collector = new Collector();
            Connection own = client.connect("localhost", rig.port(), collector).get(30, TimeUnit.SECONDS);
            CompletableFuture<Object> outcome = new CompletableFuture<>();
            own.execute(() -> {
                collector.await(1, () -> {
                    var unused = own.startTls(TestCertificates.clientProfile())
                            .whenComplete((session, thrown) -> outcome.complete(thrown == null ? session : thrown));
                });
                own.write(ByteBuffer.wrap(new byte[] {COMMAND}));
            });
            assertInstanceOf(TlsException.class, outcome.get(30, TimeUnit.SECONDS));
        }
    }

    @Test
    void aServerThatIsClosedMeanwhileFailsTheFuture() throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        try (Rig rig = new Rig(Gate.plain(), () -> (connection, data) -> {
                    data.position(data.limit());
                    var unused =
                            connection.startTls(SERVER).whenComplete((session, thrown) -> failure.complete(thrown));
                    asked.complete(null);
                });
                Socket socket = rig.connect()) {
            socket.getOutputStream().write(COMMAND);
            asked.get(30, TimeUnit.SECONDS);
            rig.server.close();
            assertInstanceOf(IOException.class, failure.get(30, TimeUnit.SECONDS));
            assertEquals(CloseReason.SHUTDOWN, rig.nextEnd().reason());
        }
    }
}
