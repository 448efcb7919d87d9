// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the snippets of the page on channels. */
@Timeout(60)
class ChannelGuideTest {

    // snippet: SESSION
    /** Written for the JDK's channels, without any dependency on ours. */
    record Echoing(AsynchronousByteChannel channel, ByteBuffer buffer) implements CompletionHandler<Integer, String> {
        static void start(AsynchronousByteChannel channel) {
            ByteBuffer buffer = ByteBuffer.allocate(1024);
            channel.read(buffer, "read", new Echoing(channel, buffer));
        }

        @Override
        public void completed(Integer count, String operation) {
            if (count < 0) {
                close();
            } else if (operation.equals("read")) {
                channel.write(buffer.flip(), "write", this);
            } else if (buffer.hasRemaining()) {
                channel.write(buffer, "write", this);
            } else {
                channel.read(buffer.clear(), "read", this);
            }
        }

        @Override
        public void failed(Throwable cause, String operation) {
            close();
        }

        private void close() {
            try {
                channel.close();
            } catch (IOException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
    // end snippet

    private static Server serve(Dispatcher dispatcher, InetSocketAddress address) throws IOException {
        // snippet: SERVE
        Server server = Server.builder(dispatcher)
                .listen(address, Gate.plain()) // or Gate.tls(profile): the channel is the same
                .handler(() -> new ChannelHandler(Echoing::start))
                .start();
        // end snippet
        return server;
    }

    private static CompletableFuture<String> ask(Client client, String host, int port) {
        // snippet: FUTURES
        CompletableFuture<String> answer = client.open(host, port) // a future of the channel
                .thenCompose(channel -> channel.send(US_ASCII.encode("hello")) // all of it
                        .thenCompose(sent -> channel.receive()) // the next bytes
                        .whenComplete((bytes, failure) -> channel.close()))
                .thenApply(bytes -> US_ASCII.decode(bytes).toString());
        // end snippet
        return answer;
    }

    @Test
    void aChannelAndFuturesTalkToEachOther() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = Client.builder(dispatcher).build();
                Server server = serve(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = server.addresses().get(0).getPort();
            assertEquals("hello", ask(client, "127.0.0.1", port).get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void theEndOfAConnectionIsAFuture() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = Client.builder(dispatcher).build();
                Server server = serve(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = server.addresses().get(0).getPort();
            ConnectionChannel channel = client.open("127.0.0.1", port).get(20, TimeUnit.SECONDS);
            channel.close();
            // snippet: CLOSED
            CompletableFuture<CloseReason> closed = channel.connection().closed();
            // end snippet
            assertEquals(CloseReason.LOCAL_CLOSE, closed.get(20, TimeUnit.SECONDS));
        }
    }
}
