// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R34 over real sockets, with every engine: buffers that change during a write harm only their own connection. */
@Timeout(120)
class BufferMisuseSocketsTest {
    private static final int THREADS = 2;
    private static final byte[] MESSAGE = new byte[20_000];

    static {
        new Random(5).nextBytes(MESSAGE);
    }

    private final BlockingQueue<CloseReason> ends = new LinkedBlockingQueue<>();

    /** Responds with one buffer, which it reuses for every response, whether the last one has been sent or not. */
    private final class Scratch implements ConnectionHandler {
        private final ByteBuffer scratch = ByteBuffer.allocateDirect(1 << 20);

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (data.get(data.position()) == 'e') {
                connection.write(data);
                return;
            }
            for (int size = data.remaining(); size > 0; size -= 1) {
                scratch.clear().put(data.get());
                scratch.position(0).limit(4_000 + size);
                var unused = connection.send(scratch);
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            ends.add(reason);
        }
    }

    private static TestDispatcher test() throws IOException {
        return new TestDispatcher(THREADS);
    }

    private static Server serve(TestDispatcher test, boolean tls, Supplier<ConnectionHandler> handlers)
            throws IOException {
        return test.server(tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain(), handlers);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R34 a handler may send the buffer that is lent to it")
    void theLentBufferComesBackWhole(boolean tls) throws Exception {
        try (TestDispatcher test = test();
                Server server = serve(test, tls, () -> (connection, data) -> {
                    var unused = connection.send(data);
                })) {
            for (int client = 0; client < 2 * THREADS; client++) {
                try (Socket socket = TestDispatcher.connect(server, tls)) {
                    for (int i = 0; i < 5; i++) {
                        socket.getOutputStream().write(MESSAGE);
                        assertArrayEquals(MESSAGE, socket.getInputStream().readNBytes(MESSAGE.length));
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R34 reusing a scratch buffer too early ends only the connection concerned, and blocks no thread")
    void aScratchBufferEndsItsOwnConnection(boolean tls) throws Exception {
        try (TestDispatcher test = test();
                Server server = serve(test, tls, Scratch::new)) {
            for (int client = 0; client < 4 * THREADS; client++) {
                try (Socket socket = TestDispatcher.connect(server, tls)) {
                    socket.getOutputStream().write(MESSAGE);
                    assertEquals(CloseReason.BUFFER_CHANGED, ends.poll(60, TimeUnit.SECONDS));
                }
            }
            try (Socket socket = TestDispatcher.connect(server, tls)) {
                socket.getOutputStream().write('e');
                assertEquals('e', socket.getInputStream().read());
            }
            assertEquals(THREADS, test.threads().size());
            assertTrue(ends.isEmpty() || ends.size() == 1, ends.toString());
        }
    }
}
