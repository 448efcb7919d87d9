// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.dispatch.ChannelPair.Kind;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a channel of ours promises beyond the JDK's words. */
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
    @DisplayName("R19 a stream cut short fails each read of a channel, and is not an end")
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
                    assertTrue(failure.getCause().getMessage().endsWith("PEER_TRUNCATED"));
                    assertTrue(channel.isOpen());
                }
            }
        }
    }

    @Test
    void aClientOpensAChannelAndIsToldWhyItCannot() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> connection.write(data));
            int port = server.addresses().get(0).getPort();
            Client client = Client.builder(test.dispatcher).build();
            try (AsynchronousByteChannel channel = ChannelHandler.open(
                            handler -> client.connect("127.0.0.1", port, handler))
                    .get(20, TimeUnit.SECONDS)) {
                assertEquals(3, channel.write(ByteBuffer.allocate(3)).get(20, TimeUnit.SECONDS));
                assertEquals(3, channel.read(ByteBuffer.allocate(9)).get(20, TimeUnit.SECONDS));
            }
            server.close();
            server.closed().get(20, TimeUnit.SECONDS);
            CompletableFuture<AsynchronousByteChannel> refused =
                    ChannelHandler.open(handler -> client.connect("127.0.0.1", port, handler));
            assertThrows(ExecutionException.class, () -> refused.get(20, TimeUnit.SECONDS));
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
