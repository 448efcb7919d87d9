// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.buffer.RefusingPool;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every workload with a pool that has no memory for one lease or another: the first, the second, ..., every second,
 * every third, ..., and at random. Whatever fails, nothing is lost, duplicated or leaked. The bugs excluded are
 * exceptions between "returned" and "forgotten", or between "taken" and "stored".
 */
@Timeout(600)
@DisplayName("R36 a pool that fails at every n-th lease loses, duplicates and leaks nothing")
@SuppressWarnings("try") // closed in the middle of a test
class ShortMemoryTest {
    private static final int LIVES = 2;
    private static final int FREQUENCIES = 20;
    private static final int RANDOM_LIVES = Integer.getInteger("portcullis.schedules", 60);

    /** The first leases, each of which is refused in a run of its own; of the later ones only some are. */
    private static final int EVERY_LOAN = 60;

    /** More leases than any workload takes. */
    private static final int MOST_LOANS = 5_000;

    interface Workload {
        /** Runs from beginning to end, and verifies the result. */
        void run(RefusingPool buffers) throws Exception;
    }

    /** Refuses each lease by itself, then every second, every third and so on. */
    static void refuseInTurn(Workload workload) throws Exception {
        long refused = 1;
        for (int n = 1; refused > 0; n += n < EVERY_LOAN ? 1 : n / 8) {
            assertTrue(n < MOST_LOANS, "the workload never ends");
            refused = refuse(workload, number(n), "loan " + n);
        }
        for (int n = 1; n <= FREQUENCIES; n++) {
            refuse(workload, each(n), "every lease of " + n);
        }
    }

    private static LongPredicate number(int n) {
        return loan -> loan == n;
    }

    private static LongPredicate each(int n) {
        return loan -> loan % n == 0;
    }

    private static long refuse(Workload workload, LongPredicate which, String what) throws Exception {
        RefusingPool buffers = new RefusingPool(true, which);
        try {
            workload.run(buffers);
        } catch (Throwable failure) {
            throw new AssertionError(what + " was refused", failure);
        }
        return buffers.refused();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void livesOfAConnectionSurviveEveryRefusal(boolean plain) throws Exception {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        for (int life = 0; life < LIVES; life++) {
            long each = seed + life;
            try {
                refuseInTurn(buffers -> new RandomScheduleTest.Life(each, plain, buffers.pool).lead());
            } catch (Throwable failure) {
                throw new AssertionError("-Dportcullis.seed=" + each + " plain=" + plain, failure);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void livesOfAConnectionSurviveRefusalsAtRandom(boolean plain) throws Exception {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        for (int life = 0; life < RANDOM_LIVES; life++) {
            long each = seed + life;
            Random random = new Random(each);
            int often = 2 + random.nextInt(30);
            refuse(
                    buffers -> new RandomScheduleTest.Life(each, plain, buffers.pool).lead(),
                    loan -> random.nextInt(often) == 0,
                    "-Dportcullis.seed=" + each + " plain=" + plain + ": a loan");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aConversationUnderTlsSurvivesEveryRefusal(String protocol) throws Exception {
        refuseInTurn(buffers -> new Conversation(buffers).lead(protocol));
    }

    /**
     * From STARTTLS over unread bytes, large and small responses, completions, files and writes of another thread to
     * the end; each side receives a prefix of what the other has sent.
     */
    private static final class Conversation {
        private static final byte[] REQUEST = TestFile.part(0, 50_000);
        private static final int FILE = 150_000;
        private static final byte[] OWNED = TestFile.part(300, 30_000);
        private static final byte[] SMALL = TestFile.part(7, 1_000);

        private final RefusingPool buffers;
        private final VirtualMachine machine;
        private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        private final RecordingHandler handler = new RecordingHandler();
        private final ByteArrayOutputStream expected = new ByteArrayOutputStream();

        Conversation(RefusingPool buffers) {
            this.buffers = buffers;
            this.machine = new VirtualMachine(buffers.pool);
        }

        void lead(String protocol) throws Exception {
            handler.onData = (connection, data) -> answer(connection, data);
            machine.start(transport, new PlainFilter(), handler);
            transport.receive("STARTTLS");
            transport.completeAll();
            MemoryTlsPeer peer = new MemoryTlsPeer(transport, protocol);
            peer.begin().exchange();
            settle(peer);
            for (int sent = 0; sent < REQUEST.length && secured(); sent += 10_000) {
                peer.wrap(Arrays.copyOfRange(REQUEST, sent, sent + 10_000));
                settle(peer);
            }
            if (secured() && handler.reason == null) {
                byte[] late = TestFile.part(5, 200_000);
                if (handler.connection().write(ByteBuffer.wrap(late))) {
                    expected.writeBytes(late);
                }
            }
            settle(peer);
            byte[] received = peer.received.toByteArray();
            assertEquals(
                    -1,
                    Arrays.mismatch(received, Arrays.copyOf(expected.toByteArray(), received.length)),
                    "the bytes that the peer has received are not a prefix of those sent");
            if (buffers.refused() == 0) {
                assertEquals(expected.size(), received.length);
                assertNull(handler.reason);
            }
            end();
        }

        /** Before that the peer cannot encrypt. */
        private boolean secured() {
            return handler.connection != null && handler.connection.session().isPresent();
        }

        private void answer(Connection connection, ByteBuffer data) {
            if (connection.session().isEmpty()) {
                data.position(data.limit());
                var unused = connection.startTls(TestCertificates.serverProfile());
            } else if (data.remaining() == REQUEST.length) {
                write(connection, REQUEST);
                write(connection, SMALL);
                expected.writeBytes(OWNED);
                connection.write(ByteBuffer.wrap(OWNED), "owned", handler.completion());
                expected.writeBytes(TestFile.part(0, FILE));
                var unused = connection.sendFile(TestFile.CHANNEL, 0, FILE);
                write(connection, SMALL);
                assertTrue(data.equals(ByteBuffer.wrap(REQUEST)), "the bytes received are not those sent");
                data.position(data.limit());
            }
        }

        private void write(Connection connection, byte[] bytes) {
            if (connection.write(ByteBuffer.wrap(bytes))) {
                expected.writeBytes(bytes);
            }
        }

        private void settle(MemoryTlsPeer peer) throws Exception {
            for (int round = 0; round < 20; round++) {
                machine.runTasks();
                machine.runLater();
                peer.exchange();
            }
        }

        private void end() {
            transport.receiveEnd();
            transport.completeAll();
            machine.runTasks();
            machine.advance(Duration.ofMinutes(3));
            transport.completeAll();
            assertNotNull(handler.reason, () -> "never closed: " + handler.events);
            transport.verify("the transport");
            machine.verify("the machine");
        }
    }

    @Test
    void aRelaySurvivesEveryRefusal() throws Exception {
        refuseInTurn(ShortMemoryTest::relay);
    }

    private static void relay(RefusingPool buffers) {
        VirtualMachine machine = new VirtualMachine(buffers.pool);
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);
        ScriptedTransport here = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = new RecordingHandler();
        Decision target = Decision.relay(new InetSocketAddress("192.0.2.80", 80));
        byte[] request = TestFile.part(0, 1_500);
        byte[] answer = TestFile.part(100, 300_000);
        machine.start(endpoint, here, (Gate) peer -> target, handler);
        ScriptedConnector.Try attempt = machine.connector.tries.isEmpty() ? null : machine.connector.tries.get(0);
        if (attempt != null) {
            attempt.connect();
        }
        here.receive(request);
        both(here, attempt);
        if (attempt != null) {
            attempt.transport.receive(answer);
            both(here, attempt);
            attempt.transport.receiveEnd();
            byte[] passed = attempt.transport.sent.toByteArray();
            assertEquals(-1, Arrays.mismatch(passed, Arrays.copyOf(request, passed.length)));
        }
        here.receiveEnd();
        both(here, attempt);
        byte[] sent = here.sent.toByteArray();
        assertEquals(-1, Arrays.mismatch(sent, Arrays.copyOf(answer, sent.length)));
        endpoint.close();
        both(here, attempt);
        machine.advance(Duration.ofMinutes(3));
        both(here, attempt);
        here.verify("here");
        machine.verify("the machine");
        assertEquals(0, machine.connector.open(), "sockets are left open");
        assertTrue(endpoint.closed().isDone());
    }

    private static void both(ScriptedTransport here, ScriptedConnector.@Nullable Try attempt) {
        boolean moved = true;
        while (moved) {
            moved = here.completeBoth();
            moved |= attempt != null && attempt.transport.completeBoth();
        }
    }

    @Test
    void aWriteOfAnotherThreadTakesAllOfItOrNothing() {
        int chunks = 8;
        for (int refused = 2; refused <= 1 + chunks; refused++) {
            RefusingPool buffers = new RefusingPool(true, number(refused));
            VirtualMachine machine = new VirtualMachine(buffers.pool);
            ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
            RecordingHandler handler = new RecordingHandler();
            machine.start(transport, new PlainFilter(), handler);
            ByteBuffer data = ByteBuffer.wrap(TestFile.part(0, chunks * 64 * 1024));
            assertFalse(handler.connection().write(data));
            assertEquals(0, data.position(), "a refused write consumes nothing");
            assertFalse(handler.connection().write(ByteBuffer.wrap("later".getBytes(ISO_8859_1))));
            assertEquals("", transport.sentText());
            assertNotNull(handler.reason);
            transport.completeAll();
            transport.verify("refused");
            machine.verify("refused");
        }
    }

    /** Each peer sends only its own byte, so that another connection's byte is detected at once. */
    @ParameterizedTest
    @CsvSource({"true, 7", "false, 7", "false, 23", "false, 101"})
    void noConnectionSeesAByteOfAnother(boolean strict, int often) throws Exception {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        Random random = new Random(seed);
        RefusingPool buffers = new RefusingPool(strict, loan -> {
            synchronized (random) {
                return random.nextInt(often) == 0;
            }
        });
        AtomicInteger strangers = new AtomicInteger();
        AtomicInteger echoed = new AtomicInteger();
        try (Dispatcher dispatcher =
                        Dispatcher.builder().threads(2).buffers(buffers.pool).build();
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.detect(TestCertificates.serverProfile()))
                        .handler(() -> new Owned(strangers))
                        .start()) {
            OwnBytes.exchange(server, strangers, echoed);
            dispatcher.close();
            dispatcher.closed().get(60, TimeUnit.SECONDS);
        }
        assertEquals(0, strangers.get(), () -> "bytes of another connection; -Dportcullis.seed=" + seed);
        assertTrue(buffers.refused() > 0);
        assertTrue(echoed.get() > 0);
        assertEquals(0, buffers.pool.statistics().activeLeases(), () -> "-Dportcullis.seed=" + seed);
    }

    /** Echoes, and leaves bytes unread now and then; counts bytes that are not its peer's. */
    private static final class Owned implements ConnectionHandler, CompletionHandler<Void, String> {
        private final AtomicInteger strangers;
        private int own = -1;

        Owned(AtomicInteger strangers) {
            this.strangers = strangers;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            own = own < 0 ? data.get(data.position()) : own;
            for (int i = data.position(); i < data.limit(); i++) {
                if (data.get(i) != own) {
                    strangers.incrementAndGet();
                }
            }
            if (data.remaining() % 3 == 0) {
                connection.write(data);
            } else {
                byte[] copy = new byte[data.remaining()];
                data.get(copy);
                connection.write(ByteBuffer.wrap(copy), "", this);
            }
        }

        @Override
        public void completed(@Nullable Void none, String name) {}

        @Override
        public void failed(Throwable cause, String name) {}
    }
}
