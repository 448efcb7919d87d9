// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.tls.TestCertificates;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files over real sockets, plain and under TLS on one port. */
@Timeout(120)
class SendFileSocketsTest {
    private static final Gate BOTH = Gate.detect(TestCertificates.serverProfile());
    private static final SSLSocketFactory TLS =
            TestCertificates.jdkClientContext().getSocketFactory();

    private final BlockingQueue<Object> outcomes = new LinkedBlockingQueue<>();

    /** Sends a file for each byte that it receives, and closes when the peer sends no more. */
    private ConnectionHandler sender(FileChannel file, long count) {
        return (connection, data) -> {
            while (data.hasRemaining()) {
                data.get();
                var unused = connection.sendFile(file, 0, count).whenComplete(this::ended);
            }
        };
    }

    private void ended(Long sent, Throwable failure) {
        outcomes.add(failure == null ? sent : failure);
    }

    private Object nextOutcome() throws InterruptedException {
        Object outcome = outcomes.poll(60, TimeUnit.SECONDS);
        if (outcome == null) {
            throw new AssertionError("no future was completed");
        }
        return outcome;
    }

    private static Socket connect(Rig rig, boolean plain) throws IOException {
        Socket socket = new Socket();
        // So that a peer that reads nothing occupies little memory in the kernel.
        socket.setReceiveBufferSize(8192);
        socket.connect(rig.server.addresses().get(0));
        socket.setSoTimeout(60_000);
        return plain ? socket : TLS.createSocket(socket, "localhost", rig.port(), true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isByteExactForManyUsersOfTheChannel(boolean plain) throws Exception {
        int clients = 4;
        int files = 3;
        try (Rig rig = new Rig(BOTH, () -> sender(TestFile.CHANNEL, TestFile.LENGTH))) {
            List<CompletableFuture<Void>> ends = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                ends.add(CompletableFuture.runAsync(() -> download(rig, plain, files)));
            }
            for (CompletableFuture<Void> end : ends) {
                end.get(60, TimeUnit.SECONDS);
            }
            for (int i = 0; i < clients * files; i++) {
                assertEquals((long) TestFile.LENGTH, nextOutcome());
            }
        }
        assertTrue(TestFile.CHANNEL.isOpen());
    }

    private static void download(Rig rig, boolean plain, int files) {
        try (Socket socket = connect(rig, plain)) {
            socket.getOutputStream().write(new byte[files]);
            for (int i = 0; i < files; i++) {
                assertArrayEquals(TestFile.CONTENT, socket.getInputStream().readNBytes(TestFile.LENGTH));
            }
            socket.shutdownOutput();
            assertEquals(-1, socket.getInputStream().read());
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @ParameterizedTest
    @CsvSource({"true, 200", "false, 100"})
    @DisplayName(
            "R29 peers that read nothing of 1 GiB hold two or three buffers each, delay no reading peer, and are cut")
    void peersThatDoNotReadHoldLittle(boolean plain, int peers, @TempDir Path folder) throws Exception {
        long gibibyte = 1L << 30;
        List<Socket> stalled = new ArrayList<>();
        try (RandomAccessFile file =
                        new RandomAccessFile(folder.resolve("zeros").toFile(), "rw");
                Rig rig = new Rig(
                        BOTH,
                        () -> sender(file.getChannel(), gibibyte),
                        settings -> settings.writeTimeout(Duration.ofSeconds(1)))) {
            file.setLength(gibibyte);
            try {
                for (int i = 0; i < peers; i++) {
                    Socket socket = connect(rig, plain);
                    stalled.add(socket);
                    socket.getOutputStream().write(1);
                }
                // Two chunks, and under TLS the records of a third; the pending read; and a margin for the peer that
                // reads.
                long chunks = plain ? 2 : 3;
                long bound = peers * (chunks * 272 * 1024 + 8 * 1024) + (1 << 20);
                assertEquals(128L << 20, read(rig, plain, 128L << 20, bound));
                for (int i = 0; i < peers; i++) {
                    assertInstanceOf(ClosedChannelException.class, nextOutcome());
                }
            } finally {
                for (Socket socket : stalled) {
                    socket.close();
                }
            }
        }
    }

    /** Reads this many bytes, then goes away; checks all the time how much the server holds. */
    private static long read(Rig rig, boolean plain, long count, long bound) throws IOException {
        long read = 0;
        byte[] piece = new byte[256 * 1024];
        try (Socket socket = connect(rig, plain)) {
            socket.getOutputStream().write(1);
            InputStream in = socket.getInputStream();
            while (read < count) {
                int length = in.readNBytes(piece, 0, piece.length);
                if (length == 0) {
                    throw new EOFException("after " + read);
                }
                read += length;
                long held = rig.pool.statistics().activeBytes();
                assertTrue(held <= bound, held + " bytes are held, more than " + bound);
            }
        }
        return read;
    }

    @Test
    @DisplayName("R16 a disk that does not respond delays no other connection, with one dispatcher thread")
    void aSlowDiskDelaysNoOther() throws Exception {
        SlowFile slow = new SlowFile();
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = test.server(Gate.plain(), () -> new ConnectionHandler() {
                @Override
                public void onData(Connection connection, ByteBuffer data) {
                    if (data.get() == 'f') {
                        var unused = connection.sendFile(slow, 0, 5000).whenComplete(SendFileSocketsTest.this::ended);
                    } else {
                        connection.write(ByteBuffer.wrap(new byte[] {'!'}));
                    }
                }
            });
            try (Socket waiting = TestDispatcher.connect(server)) {
                waiting.getOutputStream().write('f');
                RealClients.awaitUninterruptibly(slow.asked);
                for (int i = 0; i < 50; i++) {
                    try (Socket other = TestDispatcher.connect(server)) {
                        other.getOutputStream().write('e');
                        assertEquals('!', other.getInputStream().read());
                    }
                }
                waiting.getOutputStream().write('e');
                assertTrue(outcomes.isEmpty());
                slow.answer.countDown();
                assertArrayEquals(new byte[5000], waiting.getInputStream().readNBytes(5000));
                assertEquals('!', waiting.getInputStream().read(), "in order, after the file");
                assertEquals(5000L, nextOutcome());
            }
        }
        assertFalse(slow.readers.stream().anyMatch(DispatcherThread.class::isInstance));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPeerThatGoesAwayFailsTheFile(boolean plain) throws Exception {
        try (Rig rig = new Rig(BOTH, () -> sender(TestFile.CHANNEL, TestFile.LENGTH))) {
            try (Socket socket = connect(rig, plain)) {
                socket.getOutputStream().write(new byte[100]);
                socket.getInputStream().readNBytes(10);
                socket.setSoLinger(true, 0);
            }
            rig.nextEnd();
            boolean failed = false;
            for (int i = 0; i < 100; i++) {
                Object outcome = nextOutcome();
                assertTrue(!failed || outcome instanceof ClosedChannelException, outcome + " after a failure");
                failed = outcome instanceof ClosedChannelException;
            }
            assertTrue(failed);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTruncatedFileIsNotSentAsComplete(boolean plain) throws Exception {
        try (Rig rig = new Rig(BOTH, () -> sender(TestFile.CHANNEL, TestFile.LENGTH + 1L));
                Socket socket = rig.connect()) {
            if (plain) {
                socket.getOutputStream().write(1);
                assertTrue(socket.getInputStream().readAllBytes().length <= TestFile.LENGTH);
            } else {
                // The JDK's sockets do not report a missing close_notify; this peer does.
                TlsPeer peer = new TlsPeer(socket, "TLSv1.3")
                        .wrap(ByteBuffer.wrap(new byte[] {1}))
                        .flush();
                assertThrows(SSLException.class, peer::readToEnd);
            }
            assertInstanceOf(EOFException.class, nextOutcome());
            assertEquals(CloseReason.FILE_FAILED, rig.nextEnd().reason());
        }
    }
}
