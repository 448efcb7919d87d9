// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server on real sockets with a strict pool; closing it verifies that every lease was returned. */
final class Rig implements AutoCloseable {
    /** Long, because a test may exhaust the memory of the kernel's TCP, which then retransmits. */
    private static final int PATIENCE_SECONDS = 180;

    /** How a connection ended. */
    record End(CloseReason reason, @Nullable Throwable cause) {}

    private final TestDispatcher test = new TestDispatcher(2);
    final BufferPool pool = test.buffers;
    final Dispatcher dispatcher = test.dispatcher;
    final Server server;
    private final BlockingQueue<End> ends = new LinkedBlockingQueue<>();

    Rig(Gate gate, Supplier<? extends ConnectionHandler> handler) throws IOException {
        this(gate, handler, builder -> builder);
    }

    Rig(Gate gate, Supplier<? extends ConnectionHandler> handler, UnaryOperator<Server.Builder> settings)
            throws IOException {
        server = settings.apply(Server.builder(dispatcher)
                        .listen(loopback(0), gate)
                        .handler(handler)
                        .observer(new ConnectionObserver() {
                            @Override
                            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                                ends.add(new End(reason, cause));
                            }
                        }))
                .start();
    }

    static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    /** The prefix of the names of its threads. */
    String name() {
        return test.name;
    }

    int port() {
        return server.addresses().get(0).getPort();
    }

    Socket connect() throws IOException {
        return TestDispatcher.connect(server);
    }

    /** Waits for the next end of a connection. */
    End nextEnd() throws InterruptedException {
        End end = ends.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (end == null) {
            throw new AssertionError("no connection has ended");
        }
        return end;
    }

    @Override
    public void close() {
        test.close();
    }
}
