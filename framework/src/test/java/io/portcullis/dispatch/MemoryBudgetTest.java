// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.Reserve;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pool with a small budget, and peers that try to use all of it. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@DisplayName("R37 near the budget, writes shrink, accepts wait, and the greediest peers that do not read are ended")
@SuppressWarnings("try") // closed in the middle of a test
class MemoryBudgetTest {
    private static final int BUDGET = 8 << 20;
    private static final int PEERS = 60;
    private static final int SMALL_WINDOW = 4096;
    private static final byte[] ANSWER = new byte[600_000];
    private static final byte[] WORD = "ok".getBytes(StandardCharsets.US_ASCII);

    private final Queue<CloseReason> reasons = new ConcurrentLinkedQueue<>();
    private final Queue<Throwable> causes = new ConcurrentLinkedQueue<>();

    /** Responds to a question with a few bytes, and to a demand with more than the peer reads. */
    private static final class Answering implements ConnectionHandler {
        private boolean demanded;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            demanded = data.get(data.position()) == '!';
            data.position(data.limit());
            connection.write(ByteBuffer.wrap(demanded ? ANSWER : WORD));
        }

        @Override
        public void onWritable(Connection connection) {
            if (demanded) {
                connection.write(ByteBuffer.wrap(ANSWER));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void honestPeersAreServedWhileOthersReadNothing(boolean secure) throws Exception {
        BufferPool pool = BufferPool.builder().strict(true).budget(BUDGET).build();
        List<Socket> greedy = new ArrayList<>();
        try (Dispatcher dispatcher =
                        Dispatcher.builder().threads(2).buffers(pool).build();
                Server server = server(dispatcher)) {
            for (int i = 0; i < PEERS; i++) {
                demand(server, secure).ifPresent(greedy::add);
                if (i % 5 == 0) {
                    try (Socket honest = connect(server, 0, secure)) {
                        honest.getOutputStream().write('?');
                        assertArrayEquals(WORD, honest.getInputStream().readNBytes(WORD.length));
                    }
                }
                assertTrue(pool.statistics().directBytes() <= BUDGET);
            }
            server.close();
            server.abort();
            dispatcher.close();
            dispatcher.closed().get(60, TimeUnit.SECONDS);
        } finally {
            for (Socket socket : greedy) {
                socket.close();
            }
        }
        assertTrue(greedy.size() > PEERS / 2, "most of them were not accepted");
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(List.of(), pool.outstanding());
        assertTrue(reasons.contains(CloseReason.MEMORY_LIMIT), reasons::toString);
        assertTrue(
                reasons.stream()
                        .noneMatch(reason -> reason == CloseReason.IO_FAILED || reason == CloseReason.HANDLER_FAILED),
                reasons::toString);
        assertTrue(causes.stream().allMatch(BufferShortageException.class::isInstance), causes::toString);
    }

    /**
     * A peer that demands more than it reads; it may be ended during its handshake, if too little memory is left for
     * that.
     */
    private static Optional<Socket> demand(Server server, boolean secure) {
        try {
            Socket socket = connect(server, SMALL_WINDOW, secure);
            socket.getOutputStream().write('!');
            return Optional.of(socket);
        } catch (IOException ended) {
            return Optional.empty();
        }
    }

    private Server server(Dispatcher dispatcher) throws IOException {
        return Server.builder(dispatcher)
                .listen(TestDispatcher.ANY_PORT, Gate.detect(TestCertificates.serverProfile()))
                .handler(Answering::new)
                .writeTimeout(Duration.ofMinutes(5))
                .idleTimeout(Duration.ofMinutes(5))
                .handshakeTimeout(Duration.ofMinutes(2))
                .observer(new ConnectionObserver() {
                    @Override
                    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                        reasons.add(reason);
                        if (reason == CloseReason.MEMORY_LIMIT) {
                            causes.add(cause == null ? new IllegalStateException("no cause") : cause);
                        }
                    }
                })
                .start();
    }

    private static Socket connect(Server server, int window, boolean secure) throws IOException {
        Socket socket = new Socket();
        if (window > 0) {
            socket.setReceiveBufferSize(window);
        }
        InetSocketAddress address = server.addresses().get(0);
        socket.connect(address);
        socket.setSoTimeout(60_000);
        if (!secure) {
            return socket;
        }
        SSLSocket tls = (SSLSocket) TestCertificates.jdkClientContext()
                .getSocketFactory()
                .createSocket(socket, "localhost", address.getPort(), true);
        tls.startHandshake();
        return tls;
    }

    /** Plain responses in the application's own buffers use no memory of the pool; copies do. */
    @Test
    void onlyTheGreediestIsEnded() {
        BufferPool pool = BufferPool.builder().strict(true).budget(BUDGET).build();
        VirtualMachine machine = new VirtualMachine(pool);
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT.withWatermarks(0, 16 << 20));
        List<RecordingHandler> handlers = new ArrayList<>();
        List<ScriptedTransport> transports = new ArrayList<>();
        int[] kilobytes = {200, 5_000, 400, 1_000};
        for (int each : kilobytes) {
            ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
            transport.window = 10;
            RecordingHandler handler = new RecordingHandler();
            handler.onOpen = connection -> {
                for (int i = 0; i < each; i++) {
                    connection.write(ByteBuffer.allocate(1000));
                }
            };
            machine.start(endpoint, transport, new PlainFilter(), handler);
            handlers.add(handler);
            transports.add(transport);
        }
        assertEquals(1, machine.memory().recordsPerWrite());
        machine.runLater();
        assertEquals(List.of(), ended(handlers), "peers that may be about to read are not ended");
        machine.advance(Duration.ofSeconds(2));
        machine.memory().lookIfShort();
        transports.forEach(ScriptedTransport::completeAll);
        assertEquals(List.of(1), ended(handlers));
        assertEquals(CloseReason.MEMORY_LIMIT, handlers.get(1).reason);
        Throwable cause = handlers.get(1).cause;
        assertNotNull(cause);
        assertTrue(String.valueOf(cause.getMessage()).contains("budget"), cause::toString);
        assertFalse(machine.memory().isShort());
        endpoint.abort();
        transports.forEach(ScriptedTransport::completeAll);
        machine.verify("the machine");
    }

    /** However much is written for a peer that does not read, memory is left for a short response. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void largeHoldersAreRefusedBeforeOthersFindNothing(boolean byAnotherThread) {
        BufferPool pool = BufferPool.builder().strict(true).budget(BUDGET).build();
        VirtualMachine machine = new VirtualMachine(pool);
        ScriptedTransport stalled = new ScriptedTransport(ScriptedTransport.EAGER);
        stalled.window = 10;
        RecordingHandler greedy = new RecordingHandler();
        long[] least = {BUDGET};
        Consumer<Connection> writing = connection -> {
            while (connection.write(ByteBuffer.allocate(60_000))) {
                least[0] = Math.min(least[0], pool.available());
            }
        };
        if (!byAnotherThread) {
            greedy.onOpen = writing;
        }
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT.withWatermarks(0, 16 << 20));
        machine.start(endpoint, stalled, new PlainFilter(), greedy);
        if (byAnotherThread) {
            writing.accept(greedy.connection());
        }
        assertEquals(CloseReason.MEMORY_LIMIT, greedy.reason);
        assertTrue(least[0] >= BUDGET / 8, () -> least[0] + " bytes were left");
        assertTrue(least[0] < BUDGET / 4, () -> least[0] + " bytes were left");
        endpoint.abort();
        stalled.completeAll();
        machine.verify("the machine");
    }

    @Test
    @DisplayName("R37 accepts wait while only the reserve is left, and continue once more memory is free")
    void acceptsWait() throws Exception {
        BufferPool pool = BufferPool.builder().strict(true).budget(BUDGET).build();
        List<Lease> taken = new ArrayList<>();
        try (Dispatcher dispatcher =
                        Dispatcher.builder().threads(1).buffers(pool).build();
                Server server = server(dispatcher)) {
            while (!Reserve.isAllThatIsLeft(pool, 0)) {
                taken.add(pool.lease(pool.largest()));
            }
            Listener listener = server.listeners().get(0);
            try (Socket waiting = connect(server, 0, false)) {
                waiting.getOutputStream().write('?');
                while (!listener.acceptor().holds()) {
                    Thread.onSpinWait();
                }
                assertEquals(0, listener.connections());
                taken.forEach(Lease::release);
                taken.clear();
                assertArrayEquals(WORD, waiting.getInputStream().readNBytes(WORD.length));
            }
        } finally {
            taken.forEach(Lease::release);
        }
    }

    @Test
    @DisplayName(
            "R37, R39 the budget is logged at the start; a shortage is logged with the settings, and not as a defect")
    @ResourceLock(CapturedLog.RESOURCE)
    void aShortageIsReportedAsOne() throws Exception {
        try (CapturedLog log = CapturedLog.at(Level.INFO)) {
            honestPeersAreServedWhileOthersReadNothing(false);
            List<ILoggingEvent> ours = log.events().stream()
                    .filter(event -> event.getLoggerName().startsWith("io.portcullis."))
                    .toList();
            assertEquals(
                    1,
                    ours.stream()
                            .filter(event -> event.getFormattedMessage().contains("at most 8 MiB"))
                            .count());
            List<ILoggingEvent> shortages = ours.stream()
                    .filter(event -> event.getFormattedMessage().contains("of the budget of"))
                    .toList();
            assertFalse(shortages.isEmpty(), log.lines()::toString);
            assertTrue(shortages.size() < reasons.size(), "some are only counted");
            assertTrue(shortages.get(0).getFormattedMessage().contains("budget"), log.lines()::toString);
            assertTrue(ours.stream().allMatch(event -> event.getThrowableProxy() == null), log.lines()::toString);
            assertTrue(log.lines().stream().noneMatch(line -> line.contains("defect")), log.lines()::toString);
        }
    }

    private static List<Integer> ended(List<RecordingHandler> handlers) {
        List<Integer> ended = new ArrayList<>();
        for (int i = 0; i < handlers.size(); i++) {
            if (handlers.get(i).reason != null) {
                ended.add(i);
            }
        }
        return ended;
    }

    @Test
    void writesShrinkAsTheBudgetIsUsedUp() {
        BufferPool pool = BufferPool.builder().strict(true).budget(BUDGET).build();
        VirtualMachine machine = new VirtualMachine(pool);
        List<Lease> taken = new ArrayList<>();
        List<Integer> records = new ArrayList<>();
        for (int chunk = 0; chunk < 7; chunk++) {
            records.add(machine.memory().recordsPerWrite());
            taken.add(pool.lease(pool.largest()));
        }
        assertEquals(List.of(32, 32, 32, 32, 4, 4, 1), records);
        taken.forEach(Lease::release);
        assertEquals(32, machine.memory().recordsPerWrite());
    }
}
