// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.internal.loop.Strand;
import io.portcullis.tls.PlainFilter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The invariants of docs/ARCHITECTURE.md, by the names that they have there. */
@Timeout(120)
class InvariantsTest {
    private static final int BUSY_ROUNDS = 300;

    @Test
    void onlyTheStrandTouchesFilterBuffersAndPhase() throws Exception {
        FrameFilter filter = new FrameFilter(true);
        Queue<String> defects = hammer(filter);
        assertEquals(List.of(), filter.defects);
        assertTrue(filter.threads.stream().allMatch(DispatcherThread.class::isInstance), filter.threads.toString());
        assertEquals(1, filter.frees);
        assertEquals(List.of(), List.copyOf(defects));
    }

    @Test
    void atMostOneReadAndOneWriteAreOutstanding() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.DEFERRED);
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(transport, new PlainFilter(), handler);
        for (int i = 0; i < 100; i++) {
            assertTrue(transport.reading());
            handler.connection().write(ByteBuffer.allocate(1000));
            handler.connection().write(ByteBuffer.allocate(10), "", handler.completion());
            handler.connection().resume();
            transport.receive("x");
            if (i % 3 == 0) {
                transport.completeRead();
            }
        }
        assertEquals(1, transport.writes);
        handler.connection().abort();
        transport.completeAll();
        transport.verify("one at a time");
        machine.verify("one at a time");
    }

    @Test
    void noLockIsHeldAndNoThreadWaits() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Connection> blocked = new CompletableFuture<>();
        CompletableFuture<List<String>> locks = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> {
                locks.complete(locksOfThisThread());
                blocked.complete(connection);
                await(release);
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(1);
                Connection connection = blocked.get(20, TimeUnit.SECONDS);
                assertEquals(List.of(), locks.get());
                // Each of these returns although the connection's turn does not end.
                connection.write(ByteBuffer.allocate(100_000));
                connection.write(ByteBuffer.allocate(10), "", new RecordingHandler().completion());
                connection.pause();
                connection.resume();
                connection.execute(() -> {});
                connection.pendingBytes();
                connection.close();
                connection.abort();
                server.close();
                assertFalse(server.closed().isDone());
                release.countDown();
            }
        }
    }

    private static List<String> locksOfThisThread() {
        ThreadInfo info = ManagementFactory.getThreadMXBean()
                .getThreadInfo(new long[] {Thread.currentThread().getId()}, true, true)[0];
        // A worker of an executor counts as a lock of its own thread.
        return Stream.concat(Arrays.stream(info.getLockedMonitors()), Arrays.stream(info.getLockedSynchronizers()))
                .map(Object::toString)
                .filter(lock -> !lock.contains("ThreadPoolExecutor$Worker"))
                .toList();
    }

    @Test
    void callbacksOfAConnectionNeverOverlap() throws Exception {
        assertEquals(List.of(), List.copyOf(hammer(null)));
    }

    /** Uses one connection on four threads, while four more call every method; returns the violations. */
    private static Queue<String> hammer(@Nullable FrameFilter filter) throws Exception {
        Watchful handler = new Watchful();
        try (TestDispatcher test = new TestDispatcher(4)) {
            InetSocketAddress address = test.serveOne(filter == null ? new PlainFilter() : filter, handler);
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                if (filter != null) {
                    socket.getOutputStream().write(FrameFilter.frame(FrameFilter.HELLO));
                }
                Connection connection = handler.opened.get(20, TimeUnit.SECONDS);
                List<Thread> threads = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    Thread thread = new Thread(() -> callEverything(connection, handler));
                    thread.start();
                    threads.add(thread);
                }
                FutureTask<byte[]> reader = new FutureTask<>(() -> readToTheEnd(socket));
                new Thread(reader).start();
                byte[] data = filter != null ? FrameFilter.frame(FrameFilter.DATA, new byte[100]) : new byte[100];
                for (int i = 0; i < BUSY_ROUNDS; i++) {
                    socket.getOutputStream().write(data);
                }
                for (Thread thread : threads) {
                    thread.join();
                }
                connection.close();
                handler.closed.get(20, TimeUnit.SECONDS);
                byte[] sent = reader.get();
                assertEquals(written(handler), filter != null ? FrameFilter.dataOf(sent).length : sent.length);
            }
        }
        assertTrue(handler.threads.stream().allMatch(DispatcherThread.class::isInstance));
        assertEquals(0, handler.outstanding.get(), "completions");
        return handler.defects;
    }

    private static void callEverything(Connection connection, Watchful handler) {
        for (int i = 0; i < BUSY_ROUNDS; i++) {
            connection.write(ByteBuffer.allocate(200));
            handler.outstanding.incrementAndGet();
            connection.write(ByteBuffer.allocate(50), handler, handler);
            connection.pause();
            connection.execute(() -> handler.call(() -> {}));
            connection.resume();
        }
    }

    private static byte[] readToTheEnd(Socket socket) throws java.io.IOException {
        byte[] all = socket.getInputStream().readAllBytes();
        socket.shutdownOutput();
        return all;
    }

    /** What the threads wrote, and what was echoed before the close. */
    private static long written(Watchful handler) {
        return 4L * BUSY_ROUNDS * (200 + 50) + handler.echoed;
    }

    /** Detects every overlap, and every thread that is not the dispatcher's. */
    private static final class Watchful implements ConnectionHandler, CompletionHandler<Void, Watchful> {
        final Queue<String> defects = new ConcurrentLinkedQueue<>();
        final Set<Thread> threads = java.util.concurrent.ConcurrentHashMap.newKeySet();
        final CompletableFuture<Connection> opened = new CompletableFuture<>();
        final CompletableFuture<CloseReason> closed = new CompletableFuture<>();
        final AtomicInteger outstanding = new AtomicInteger();
        long echoed;
        private final AtomicInteger inside = new AtomicInteger();

        void call(Runnable body) {
            threads.add(Thread.currentThread());
            if (inside.getAndIncrement() != 0) {
                defects.add("two callbacks at once");
            }
            if (closed.isDone()) {
                defects.add("a callback after onClose");
            }
            body.run();
            Thread.onSpinWait();
            inside.decrementAndGet();
        }

        @Override
        public void onOpen(Connection connection) {
            call(() -> opened.complete(connection));
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            call(() -> {
                int length = data.remaining();
                echoed += connection.write(data) ? length : 0;
            });
        }

        @Override
        public void onEndOfInput(Connection connection) {
            call(connection::close);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            call(() -> {});
            closed.complete(reason);
        }

        @Override
        public void completed(@Nullable Void none, Watchful self) {
            call(outstanding::decrementAndGet);
        }

        @Override
        public void failed(Throwable cause, Watchful self) {
            call(outstanding::decrementAndGet);
        }
    }

    @Test
    void aBufferGoesBackOnlyInItsCompletion() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.DEFERRED);
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.allocate(100));
        handler.connection().abort();
        assertTrue(transport.closed && transport.reading() && transport.writing());
        assertEquals(2, machine.buffers.statistics().activeLeases());
        transport.completeRead();
        assertEquals(2, machine.buffers.statistics().activeLeases());
        assertNull(handler.reason);
        transport.completeWrite();
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
        transport.verify("after abort");
        machine.verify("after abort");
    }

    /**
     * Locks of the buffer pool, which are taken only when a thread begins or ends or statistics are read; blocking
     * streams; a thread that is about to begin or end.
     */
    private static final Set<String> DOCUMENTED = Set.of(
            "BufferPool.newCache",
            "BufferPool.statistics",
            "BufferPool.forget",
            "BlockingStreams.await",
            "Crew.pause",
            "Server.awaitClosed");

    @Test
    void theFrameworkMakesNoBlockingCall() throws Exception {
        Path classes = Path.of(
                Strand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> arguments = new ArrayList<>(List.of("-c", "-p"));
        try (Stream<Path> files = Files.walk(classes.resolve("io/portcullis"))) {
            files.filter(file -> file.toString().endsWith(".class")).forEach(file -> arguments.add(file.toString()));
        }
        StringWriter code = new StringWriter();
        PrintWriter out = new PrintWriter(code);
        ToolProvider.findFirst("javap").orElseThrow().run(out, out, arguments.toArray(String[]::new));
        assertTrue(code.toString().contains("class io.portcullis.internal.connection.SocketConnection"));
        assertEquals(Set.copyOf(DOCUMENTED), BlockingCalls.in(code.toString(), Pattern.compile("io\\.portcullis\\.")));
    }

    @Test
    void callbacksRunOnDispatcherThreadsInBoundedTurns() {
        // hammer() checks that they run on dispatcher threads only.
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(transport, new PlainFilter(), handler);
        AtomicInteger ran = new AtomicInteger();
        Runnable again = new Runnable() {
            @Override
            public void run() {
                if (ran.incrementAndGet() < 1000) {
                    handler.connection().execute(this);
                }
            }
        };
        handler.connection().execute(again);
        assertEquals(Strand.TURNS_IN_A_ROW, ran.get());
        assertEquals(1, machine.ranLater);
        machine.runLater();
        assertEquals(1000, ran.get());
        assertEquals(1000 / Strand.TURNS_IN_A_ROW, machine.ranLater);
        handler.connection().abort();
        transport.verify("bounded");
        machine.verify("bounded");
    }

    @Test
    void aFailingCallbackHarmsItsOwnConnectionOnly() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        Queue<Connection> bystanders = new ConcurrentLinkedQueue<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(
                    Gate.plain(), () -> (connection, data) -> misbehave(connection, data.get(), bystanders, release));
            Set<Thread> before = test.threads();
            assertEquals(2, before.size());
            try (Socket blocking = TestDispatcher.connect(server);
                    Socket listening = TestDispatcher.connect(server)) {
                assertEquals('.', ask(listening, 'l'));
                blocking.getOutputStream().write('b');
                assertEquals('!', listening.getInputStream().read());
                for (int i = 0; i < 50; i++) {
                    try (Socket throwing = TestDispatcher.connect(server);
                            Socket good = TestDispatcher.connect(server)) {
                        assertEquals(-1, ask(throwing, 't'));
                        assertEquals('.', ask(good, 'g'));
                    }
                }
                assertEquals('.', ask(listening, 'g'));
                release.countDown();
                assertEquals('.', blocking.getInputStream().read());
            }
            assertEquals(50, test.dispatcher.statistics().handlerFailures());
            assertEquals(before, test.threads());
            assertEquals(2, test.dispatcher.statistics().threads());
        }
    }

    private static void misbehave(
            Connection connection, int how, Queue<Connection> bystanders, CountDownLatch release) {
        switch (how) {
            case 'b' -> {
                // What was written to others before it blocks arrives all the same.
                bystanders.forEach(other -> other.write(ByteBuffer.wrap(new byte[] {'!'})));
                await(release);
            }
            case 't' -> throw new IllegalStateException("on purpose");
            case 'l' -> bystanders.add(connection);
            default -> {}
        }
        connection.write(ByteBuffer.wrap(new byte[] {'.'}));
    }

    private static int ask(Socket socket, char question) throws java.io.IOException {
        socket.getOutputStream().write(question);
        return socket.getInputStream().read();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("never released");
            }
        } catch (InterruptedException never) {
            throw new IllegalStateException(never);
        }
    }
}
