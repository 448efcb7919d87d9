// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.loop.DispatcherThread;
import java.io.DataInputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The garbage that a request produces, measured by the JVM for the single dispatcher thread. */
class AllocationTest {
    /** Below 128, so that the JDK channel's boxed counts come from the Integer cache. */
    private static final int SIZE = 100;

    /**
     * The one object that is not the framework's: the event that the JDK's poller creates for each channel that is
     * ready.
     */
    private static final int POLLER_EVENT = 24;

    private static final int WARM_UP = 20_000;
    private static final int REQUESTS = 10_000;

    /** Answers each request with a buffer that it reuses. */
    private static final class Answering implements ConnectionHandler {
        private final ByteBuffer answer = ByteBuffer.allocateDirect(SIZE);

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.remaining() >= SIZE) {
                data.position(data.position() + SIZE);
                connection.write(answer.clear());
            }
        }
    }

    @Test
    @DisplayName("a plain request in steady state allocates no object of the framework on the dispatcher thread")
    void aPlainRequestAllocatesNothingOfOurs() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.builder()
                        .threads(1)
                        .name("allocation")
                        .buffers(BufferPool.builder().build())
                        .build();
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .handler(Answering::new)
                        .start();
                Socket socket = TestDispatcher.connect(server)) {
            exchange(socket, WARM_UP);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long[] group = group();
            assertEquals(1, group.length);
            long before = threads.getThreadAllocatedBytes(group[0]);
            exchange(socket, REQUESTS);
            long perRequest = (threads.getThreadAllocatedBytes(group[0]) - before) / REQUESTS;
            assertTrue(perRequest <= POLLER_EVENT, perRequest + " bytes per request");
        }
    }

    private static long[] group() {
        Set<Thread> all = Thread.getAllStackTraces().keySet();
        return all.stream()
                .filter(thread ->
                        thread instanceof DispatcherThread && thread.getName().startsWith("allocation"))
                .mapToLong(Thread::getId)
                .toArray();
    }

    private static void exchange(Socket socket, int requests) throws IOException {
        DataInputStream in = new DataInputStream(socket.getInputStream());
        byte[] request = new byte[SIZE];
        byte[] response = new byte[SIZE];
        for (int i = 0; i < requests; i++) {
            socket.getOutputStream().write(request);
            in.readFully(response);
        }
    }
}
