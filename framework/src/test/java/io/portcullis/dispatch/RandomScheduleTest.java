// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.ConnectionObserver;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.parts.Life;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Thousands of random lives of a connection, each from a seed: operations complete inline or late, whole or in parts,
 * the network ends or fails, and the handler does anything that a handler may do. With {@code -Dportcullis.seed=n} only
 * that life is run, with {@code -Dportcullis.schedules=n} more of them.
 */
@Timeout(300)
class RandomScheduleTest {
    private static final int SCHEDULES = Integer.getInteger("portcullis.schedules", 300);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R17, R22, R23 under any schedule, callbacks come in order and once, and all buffers are returned")
    void anySchedule(boolean plain) {
        lead(plain, false);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("R28 the same with callbacks on an executor")
    void anyScheduleOnAnExecutor(boolean plain) {
        lead(plain, true);
    }

    private static void lead(boolean plain, boolean onExecutor) {
        Long seed = Long.getLong("portcullis.seed");
        LongStream seeds = seed != null ? LongStream.of(seed) : new Random().longs(SCHEDULES);
        seeds.forEach(each -> {
            try {
                new Life(each, plain, onExecutor, BUFFERS).lead();
            } catch (Throwable failure) {
                throw new AssertionError(
                        "-Dportcullis.seed=" + each + " plain=" + plain + " executor=" + onExecutor, failure);
            }
        });
    }

    private static final BufferPool BUFFERS =
            BufferPool.builder().strict(true).budget(1 << 30).build();

    /** The life of one connection from beginning to end. */
    static final class Life implements ScriptedTransport.Script {
        private final Random random;
        private final VirtualMachine machine;
        private final ScriptedTransport transport = new ScriptedTransport(this);
        private final boolean plain;
        private final Filter filter;
        private final RandomHandler handler;
        private final int inlinePercent;
        private final int largest;
        private final int longest;
        private byte[] stream = {};
        private @Nullable Endpoint endpoint;

        private final ManualExecutor executor = new ManualExecutor();
        private final boolean onExecutor;

        Life(long seed, boolean plain, BufferPool buffers) {
            this(seed, plain, false, buffers);
        }

        Life(long seed, boolean plain, boolean onExecutor, BufferPool buffers) {
            this.onExecutor = onExecutor;
            this.machine = new VirtualMachine(buffers);
            this.random = new Random(seed);
            this.plain = plain;
            this.filter = plain ? new PlainFilter() : new FrameFilter(random.nextBoolean());
            this.inlinePercent = random.nextInt(101);
            this.largest = random.nextInt(4) == 0 ? 200 : 40_000;
            this.longest = 1 + random.nextInt(largest);
            this.handler = new RandomHandler(random, largest, machine::runLater);
            this.handler.onExecutor = onExecutor;
        }

        @Override
        public boolean inline() {
            return random.nextInt(100) < inlinePercent;
        }

        @Override
        public int length(int most) {
            return 1 + random.nextInt(Math.min(most, longest));
        }

        void lead() {
            if (!plain) {
                transport.receive(FrameFilter.frame(FrameFilter.HELLO));
            }
            transport.window = random.nextInt(50_000);
            ConnectionSettings settings = ConnectionSettings.DEFAULT
                    .withWatermarks(random.nextInt(500), 500 + random.nextInt(20_000))
                    .withUnread(2000 + random.nextInt(100_000));
            machine.start(endpoint(settings), transport, filter, handler);
            int steps = random.nextInt(120);
            for (int step = 0; step < steps; step++) {
                step();
            }
            end();
            check();
        }

        private Endpoint endpoint(ConnectionSettings settings) {
            Endpoint own = machine.endpointOn(onExecutor ? executor : null, settings, new ConnectionObserver() {});
            endpoint = own;
            return own;
        }

        private void runCallback() {
            if (!executor.tasks.isEmpty()) {
                executor.runOne();
            }
        }

        private void step() {
            for (int callbacks = random.nextInt(3); callbacks > 0; callbacks--) {
                runCallback();
            }
            switch (random.nextInt(14)) {
                case 0, 1, 2 -> transport.completeRead();
                case 3, 4, 5 -> transport.completeWrite();
                case 6, 7 -> receive();
                case 8 -> transport.window += random.nextInt(50_000);
                case 9 -> machine.runTasks();
                case 10 -> machine.runLater();
                case 11 -> handler.actFromOutside();
                case 12 -> {
                    if (random.nextInt(20) == 0) {
                        disturb();
                    }
                }
                default ->
                    machine.advance(
                            Duration.ofMillis(random.nextInt(random.nextInt(10) == 0 ? 20_000 : 50)),
                            List.of(transport));
            }
        }

        private void receive() {
            byte[] bytes =
                    new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 2 * largest : Math.min(2000, largest))];
            random.nextBytes(bytes);
            stream = Arrays.copyOf(stream, stream.length + bytes.length);
            System.arraycopy(bytes, 0, stream, stream.length - bytes.length, bytes.length);
            if (plain) {
                transport.receive(bytes);
                return;
            }
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(FrameFilter.LONGEST));
                transport.receive(FrameFilter.frame(FrameFilter.DATA, Arrays.copyOfRange(bytes, from, to)));
                from = to;
                if (random.nextInt(5) == 0) {
                    transport.receive(FrameFilter.frame(FrameFilter.PING));
                }
            }
        }

        private void disturb() {
            switch (random.nextInt(5)) {
                case 0 -> transport.fail(new IOException("reset by the script"));
                case 1 -> transport.receive(plain ? new byte[0] : FrameFilter.frame((byte) 99, (byte) 1));
                case 2 -> {
                    if (!plain) {
                        transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
                    }
                    transport.receiveEnd();
                }
                case 3 -> {
                    if (endpoint != null) {
                        endpoint.drain();
                    }
                }
                default -> transport.receiveEnd();
            }
        }

        /** Whatever has happened: when the peer reads everything and goes away, the connection ends. */
        private void end() {
            transport.window = Long.MAX_VALUE / 2;
            for (int round = 0; round < 4; round++) {
                for (int i = 0; i < 100_000 && (transport.completeBoth() || goesOn()); i++) {
                    runAll();
                }
                runAll();
                if (round == 0) {
                    handler.actFromOutside();
                } else if (round == 1) {
                    transport.receiveEnd();
                } else {
                    machine.advance(Duration.ofMinutes(3), List.of(transport));
                }
            }
        }

        private boolean goesOn() {
            return !machine.tasks.isEmpty() || !executor.tasks.isEmpty();
        }

        private void runAll() {
            machine.runTasks();
            machine.runLater();
            executor.runAll();
        }

        private void check() {
            assertNotNull(handler.reason, () -> "never closed: " + handler.events);
            transport.verify("the transport");
            machine.verify("the machine");
            assertEquals(List.of(), handler.defects);
            if (filter instanceof FrameFilter frames) {
                assertEquals(List.of(), frames.defects);
                assertEquals(1, frames.frees);
            }
            byte[] received = handler.received.toByteArray();
            assertTrue(received.length <= stream.length);
            assertEquals(-1, Arrays.mismatch(received, Arrays.copyOf(stream, received.length)), "received");
            byte[] sent = transport.sent.toByteArray();
            byte[] data = plain ? sent : FrameFilter.dataOf(sent);
            byte[] written = handler.written.toByteArray();
            assertTrue(data.length <= written.length, "more was sent than written");
            assertEquals(-1, Arrays.mismatch(data, Arrays.copyOf(written, data.length)), "sent");
            assertEquals(handler.expectedCompletions(), handler.completions, "completions");
            assertEquals(0, Collections.frequency(handler.events, "OVERLAP"));
        }
    }
}
