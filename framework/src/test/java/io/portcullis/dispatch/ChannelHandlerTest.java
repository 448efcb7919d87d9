// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.dispatch.ChannelPair.Kind;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestEngine;
import io.portcullis.tls.TlsFeature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.ReadPendingException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What our channel guarantees beyond the JDK's documentation. */
@Timeout(60)
class ChannelHandlerTest {

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void aReadThatIsWithdrawnLeavesItsBytesToTheNext(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> withdrawn = pair.channel.read(ByteBuffer.allocate(1));
            assertTrue(withdrawn.cancel(false));
            assertTrue(pair.channel.isOpen());
            pair.peer.getOutputStream().write(new byte[] {1, 2, 3});
            ByteBuffer target = ByteBuffer.allocate(3);
            while (target.hasRemaining()) {
                pair.channel.read(target).get(20, TimeUnit.SECONDS);
            }
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), target.flip());
        }
    }

    @Test
    @DisplayName("R19 a truncated stream fails every read of a channel, and is not reported as the end")
    void aStreamCutShortIsNotAnEnd() throws Exception {
        CompletableFuture<AsynchronousByteChannel> opened = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server =
                    test.server(Gate.tls(TestCertificates.serverProfile()), () -> new ChannelHandler(opened::complete));
            try (Socket socket = TestDispatcher.connect(server)) {
                TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
                peer.wrap(ByteBuffer.wrap(new byte[] {7})).flush();
                AsynchronousByteChannel channel = opened.get(20, TimeUnit.SECONDS);
                assertEquals(1, channel.read(ByteBuffer.allocate(5)).get(20, TimeUnit.SECONDS));
                socket.shutdownOutput();
                for (int i = 0; i < 2; i++) {
                    Future<Integer> read = channel.read(ByteBuffer.allocate(5));
                    ExecutionException failure =
                            assertThrows(ExecutionException.class, () -> read.get(20, TimeUnit.SECONDS));
                    assertInstanceOf(IOException.class, failure.getCause());
                    assertTrue(String.valueOf(failure.getCause()).endsWith("PEER_TRUNCATED"));
                    assertTrue(channel.isOpen());
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void aSendThatIsPendingIsSentBeforeTheOutputEnds(Kind kind) throws Exception {
        TestEngine.assume(kind != Kind.TLS, TlsFeature.HALF_CLOSE);
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            byte[] large = new byte[3_000_000];
            new Random(6).nextBytes(large);
            CompletableFuture<Void> sent = channel.send(ByteBuffer.wrap(large));
            channel.shutdownOutput();
            assertArrayEquals(large, pair.peer.getInputStream().readAllBytes());
            sent.get(20, TimeUnit.SECONDS);
            pair.peer.getOutputStream().write(7);
            assertEquals(1, channel.read(ByteBuffer.allocate(2)).get(20, TimeUnit.SECONDS));
            pair.peer.shutdownOutput();
            assertEquals(-1, channel.read(ByteBuffer.allocate(2)).get(20, TimeUnit.SECONDS));
            assertEquals(CloseReason.PEER_CLOSE, channel.connection().closed().get(20, TimeUnit.SECONDS));
            assertTrue(channel.isOpen());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void afterShutdownOfTheInputThePeerIsReceivedToItsEnd(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            Future<Integer> pending = channel.read(ByteBuffer.allocate(1));
            channel.shutdownInput();
            assertEquals(-1, pending.get(20, TimeUnit.SECONDS));
            channel.shutdownOutput();
            pair.peer.getOutputStream().write(new byte[5_000_000]);
            pair.peer.shutdownOutput();
            assertEquals(CloseReason.PEER_CLOSE, channel.connection().closed().get(20, TimeUnit.SECONDS));
            assertEquals(-1, channel.read(ByteBuffer.allocate(1)).get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void closingAfterAWriteThatTimedOutAbortsTheConnection() throws Exception {
        try (ChannelPair pair = ChannelPair.of(Kind.PLAIN)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            CompletableFuture<Throwable> failed = new CompletableFuture<>();
            channel.write(ByteBuffer.allocate(1 << 16), 100, TimeUnit.MILLISECONDS, channel, new CompletionHandler<>() {
                @Override
                public void completed(Integer count, ConnectionChannel to) {
                    to.write(ByteBuffer.allocate(1 << 16), 100, TimeUnit.MILLISECONDS, to, this);
                }

                @Override
                public void failed(Throwable cause, ConnectionChannel to) {
                    failed.complete(cause);
                    to.close();
                }
            });
            assertInstanceOf(InterruptedByTimeoutException.class, failed.get(20, TimeUnit.SECONDS));
            assertEquals(CloseReason.LOCAL_ABORT, channel.connection().closed().get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void theOutputEndsAfterAWriteThatTimedOutMeanwhile(Kind kind) throws Exception {
        TestEngine.assume(kind != Kind.TLS, TlsFeature.HALF_CLOSE);
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            byte[] large = new byte[16_000_000];
            assertTrue(channel.connection().write(large));
            CompletableFuture<Throwable> failed = new CompletableFuture<>();
            channel.write(ByteBuffer.allocate(1), 100, TimeUnit.MILLISECONDS, channel, new CompletionHandler<>() {
                @Override
                public void completed(Integer count, ConnectionChannel to) {
                    failed.completeExceptionally(new AssertionError("the peer has not read anything yet"));
                }

                @Override
                public void failed(Throwable cause, ConnectionChannel to) {
                    failed.complete(cause);
                }
            });
            channel.shutdownOutput();
            assertInstanceOf(InterruptedByTimeoutException.class, failed.get(20, TimeUnit.SECONDS));
            pair.peer.setSoTimeout(10_000);
            assertEquals(large.length + 1, pair.peer.getInputStream().readAllBytes().length);
        }
    }

    @Test
    void withTls12TheEndOfTheOutputIsTheEndOfTheInputToo() throws Exception {
        CompletableFuture<ConnectionChannel> opened = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server =
                    test.server(Gate.tls(TestCertificates.serverProfile()), () -> new ChannelHandler(opened::complete));
            try (Socket socket = TestDispatcher.connect(server)) {
                TlsPeer peer = new TlsPeer(socket, "TLSv1.2");
                peer.wrap(ByteBuffer.wrap(new byte[] {7})).flush();
                ConnectionChannel channel = opened.get(20, TimeUnit.SECONDS);
                assertEquals(1, channel.read(ByteBuffer.allocate(5)).get(20, TimeUnit.SECONDS));
                channel.shutdownOutput();
                assertEquals(0, peer.readToEnd().length);
                peer.closeOutput().flush();
                assertEquals(-1, channel.read(ByteBuffer.allocate(5)).get(20, TimeUnit.SECONDS));
                assertEquals(
                        CloseReason.PEER_CLOSE, channel.connection().closed().get(20, TimeUnit.SECONDS));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void chunksAreReceivedAndBuffersSentWhole(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            CompletableFuture<ByteBuffer> chunk = channel.receive();
            assertThrows(ReadPendingException.class, channel::receive);
            pair.peer.getOutputStream().write(new byte[] {1, 2, 3});
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), chunk.get(20, TimeUnit.SECONDS));
            byte[] large = new byte[1_000_000];
            new Random(5).nextBytes(large);
            CompletableFuture<Void> sent = channel.send(ByteBuffer.wrap(large));
            assertArrayEquals(large, pair.peer.getInputStream().readNBytes(large.length));
            sent.get(20, TimeUnit.SECONDS);
            channel.send(ByteBuffer.allocate(0)).get(20, TimeUnit.SECONDS);
            pair.peer.shutdownOutput();
            assertEquals(0, channel.receive().get(20, TimeUnit.SECONDS).remaining());
            assertEquals(0, channel.receive().get(20, TimeUnit.SECONDS).remaining());
            channel.close();
            assertEquals(CloseReason.PEER_CLOSE, channel.connection().closed().get(20, TimeUnit.SECONDS));
            CompletableFuture<Void> late = channel.connection().send(ByteBuffer.allocate(1));
            assertThrows(ExecutionException.class, () -> late.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void aPublisherAndASubscriberMakeAnEcho(Kind kind) throws Exception {
        byte[] large = new byte[1_000_000];
        new Random(6).nextBytes(large);
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ConnectionChannel channel = (ConnectionChannel) pair.channel;
            channel.publisher().subscribe(channel.subscriber());
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try {
                    pair.peer.getOutputStream().write(large);
                    pair.peer.shutdownOutput();
                } catch (IOException failure) {
                    throw new java.io.UncheckedIOException(failure);
                }
            });
            assertArrayEquals(large, pair.peer.getInputStream().readAllBytes());
            writer.get(20, TimeUnit.SECONDS);
            assertEquals(CloseReason.PEER_CLOSE, channel.connection().closed().get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aConnectIsGivenUpWithItsFuture() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
            Client client =
                    Client.builder(test.dispatcher).resolver(host -> never).build();
            CompletableFuture<ConnectionChannel> future = client.open("a.example", 1);
            assertTrue(future.cancel(true));
            client.close();
            client.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientOpensAChannelOrGetsTheReason() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> connection.write(data));
            int port = server.addresses().get(0).getPort();
            Client client = Client.builder(test.dispatcher).build();
            try (AsynchronousByteChannel channel =
                    client.open("127.0.0.1", port).get(20, TimeUnit.SECONDS)) {
                assertEquals(3, channel.write(ByteBuffer.allocate(3)).get(20, TimeUnit.SECONDS));
                assertEquals(3, channel.read(ByteBuffer.allocate(9)).get(20, TimeUnit.SECONDS));
            }
            server.close();
            server.closed().get(20, TimeUnit.SECONDS);
            CompletableFuture<ConnectionChannel> refused = client.open("127.0.0.1", port);
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> refused.get(20, TimeUnit.SECONDS));
            assertInstanceOf(ConnectFailedException.class, failure.getCause());
        }
    }

    @Test
    void theEndOfTheDispatcherClosesTheChannel() throws Exception {
        try (ChannelPair pair = ChannelPair.of(Kind.PLAIN)) {
            Future<Integer> read = pair.channel.read(ByteBuffer.allocate(1));
            pair.end();
            assertThrows(ExecutionException.class, () -> read.get(20, TimeUnit.SECONDS));
            assertFalse(pair.channel.isOpen());
        }
    }
}
