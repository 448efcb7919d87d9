// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether a producer should write more, and how much it can write. */
@Timeout(60)
class WritableTest {
    private static final int LOW = 1_000;
    private static final int HIGH = 10_000;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ManualExecutor executor = new ManualExecutor();
    private final RecordingHandler handler = new RecordingHandler();

    private void start(boolean elsewhere) {
        ConnectionSettings settings = ConnectionSettings.DEFAULT.withWatermarks(LOW, HIGH);
        Endpoint endpoint = elsewhere
                ? machine.endpointOn(executor, settings)
                : machine.endpoint(settings, new ConnectionObserver() {});
        machine.start(endpoint, transport, new PlainFilter(), handler);
        executor.runAll();
    }

    private void run() {
        do {
            machine.runLater();
            executor.runAll();
            transport.completeAll();
        } while (!executor.tasks.isEmpty());
    }

    private void end() {
        handler.connection().abort();
        run();
        transport.verify("at the end");
        machine.verify("at the end");
    }

    private static int produce(Connection connection) {
        int written = 0;
        while (connection.writable()) {
            assertTrue(connection.write(new byte[500]));
            written += 500;
        }
        return written;
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    void isFalseFromTheHighWatermarkToTheLowOne(boolean elsewhere) {
        start(elsewhere);
        Connection connection = handler.connection();
        assertEquals(HIGH, connection.highWatermark());
        assertEquals(LOW, connection.lowWatermark());
        transport.window = 0;

        assertEquals(HIGH + 500, produce(connection));
        run();
        assertEquals(HIGH + 500, connection.pendingBytes());

        transport.window = HIGH - LOW;
        run();
        assertFalse(connection.writable(), "between the two");
        assertFalse(handler.events.contains("writable"));

        transport.window = Long.MAX_VALUE;
        run();
        assertTrue(connection.writable());
        assertEquals(1, handler.events.stream().filter("writable"::equals).count());
        end();
    }

    @Test
    @DisplayName(
            "after writable() returned false on another thread, onWritable follows, even if everything is already sent")
    void onWritableFollowsFalseEvenIfEverythingIsSent() {
        start(false);
        Connection connection = handler.connection();
        machine.inAnotherTurn(() -> {
            // This write reaches the connection, which sends all of it at once, after this turn
            assertEquals(HIGH + 500, produce(connection));
            assertFalse(connection.writable());
        });
        run();
        assertEquals(0, connection.pendingBytes());
        assertTrue(handler.events.contains("writable"), handler.events::toString);
        assertTrue(connection.writable());
        end();
    }

    @Test
    void isFalseWhereWritesAreRefused() {
        boolean[] accepted = {true};
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                accepted[0] = connection.writable();
            }
        });
        machine.start(endpoint, transport, new PlainFilter(), handler);
        assertFalse(accepted[0], "before it is open");
        assertTrue(handler.connection().writable());
        handler.connection().shutdownOutput();
        assertFalse(handler.connection().writable());
        end();
        assertFalse(handler.connection().writable());
    }

    @ParameterizedTest(name = "TLS {0}, on an executor {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    @DisplayName("a producer on its own thread, or in onWritable, sends everything and never stalls")
    void neverStalls(boolean tls, boolean elsewhere) throws Exception {
        int total = 20_000_000;
        AtomicLong left = new AtomicLong(total);
        Semaphore room = new Semaphore(0);
        try (Rig rig = new Rig(
                tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain(),
                () -> new Producer(left, room),
                settings -> elsewhere ? settings.callbackExecutor(Runnable::run) : settings)) {
            try (Socket socket = TestDispatcher.connect(rig.server, tls)) {
                assertEquals(total, socket.getInputStream().readNBytes(total).length);
            }
            rig.nextEnd();
        }
    }

    /** Writes on a thread of its own, which sleeps until onWritable whenever writable() returns false. */
    private static final class Producer extends RecordingHandler {
        private final AtomicLong left;
        private final Semaphore room;

        Producer(AtomicLong left, Semaphore room) {
            this.left = left;
            this.room = room;
            onOpen = connection -> {
                Thread thread = new Thread(() -> produce(connection), "producer");
                thread.setDaemon(true);
                thread.start();
            };
        }

        private void produce(Connection connection) {
            byte[] chunk = new byte[10_000];
            while (left.get() > 0) {
                while (left.get() > 0 && connection.writable()) {
                    assertTrue(connection.write(chunk));
                    left.addAndGet(-chunk.length);
                }
                if (left.get() > 0 && !await()) {
                    return;
                }
            }
        }

        private boolean await() {
            try {
                return room.tryAcquire(20, TimeUnit.SECONDS);
            } catch (InterruptedException ended) {
                return false;
            }
        }

        @Override
        public void onWritable(Connection connection) {
            room.release();
        }
    }

    @ParameterizedTest(name = "in a turn {0}")
    @ValueSource(booleans = {true, false})
    void writesArraysTextAndSeveralBuffersAsOne(boolean inTurn) {
        start(false);
        Connection connection = handler.connection();
        ByteBuffer first =
                ByteBuffer.wrap("abc".getBytes(StandardCharsets.US_ASCII)).position(1);
        ByteBuffer second =
                ByteBuffer.allocateDirect(2).put((byte) 'd').put((byte) 'e').flip();
        byte[] large = new byte[200_000];
        java.util.Arrays.fill(large, (byte) 'x');
        Runnable writes = () -> {
            assertTrue(connection.write(first, ByteBuffer.allocate(0), second, ByteBuffer.wrap(large)));
            assertTrue(connection.write("ü€", StandardCharsets.UTF_8));
            assertTrue(connection.write(new byte[] {'!'}));
            assertTrue(connection.write(new ByteBuffer[0]));
        };
        if (inTurn) {
            connection.execute(writes);
        } else {
            machine.inAnotherTurn(writes);
        }
        run();
        assertEquals(0, first.remaining() + second.remaining());
        byte[] end = "ü€!".getBytes(StandardCharsets.UTF_8);
        assertArrayEquals(
                ByteBuffer.allocate(4 + large.length + end.length)
                        .put("bcde".getBytes(StandardCharsets.US_ASCII))
                        .put(large)
                        .put(end)
                        .array(),
                transport.sent.toByteArray());
        end();
        assertFalse(connection.write(ByteBuffer.allocate(1), ByteBuffer.allocate(2)));
    }
}
