// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.loop.Announcement;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.wire.SocketTransport;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Exceptions between "counted" and "started", and wherever else one would leave behind something that is never ended: a
 * count that never falls, a strand that runs forever, an accept that is never renewed. Whatever fails, the server
 * continues to serve, and ends.
 */
@Timeout(60)
class FailurePathsTest {
    private static final byte[] HELLO = "hello".getBytes(ISO_8859_1);

    /** The responses of a careless application. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // on purpose
    private static <T> T nothing() {
        return null;
    }

    private static ConnectionHandler echo() {
        return (connection, data) -> connection.write(data);
    }

    private static void assertServes(Server server) throws IOException {
        try (Socket socket = TestDispatcher.connect(server)) {
            socket.getOutputStream().write(HELLO);
            assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
        }
    }

    @Test
    void aFunctionOfTheConnectionLogThatThrowsChangesNothing() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(FailurePathsTest::echo)
                    .connectionLog(peer -> {
                        asked.incrementAndGet();
                        throw new IllegalStateException("on purpose");
                    })
                    .start();
            assertServes(server);
            assertServes(server);
            assertEquals(2, asked.get());
            Client client = Client.builder(test.dispatcher)
                    .connectionLog(peer -> nothing())
                    .build();
            InetSocketAddress address = server.addresses().get(0);
            client.connect(address.getHostString(), address.getPort(), echo())
                    .get(20, TimeUnit.SECONDS)
                    .abort();
            client.close();
            client.closed().get(20, TimeUnit.SECONDS);
            server.close();
            server.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aSupplierOfHandlersThatThrowsLeavesNothingBehind() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .limits(ConnectionLimits.none().connections(1))
                    .handler(() -> {
                        return switch (asked.getAndIncrement()) {
                            case 0 -> throw new IllegalStateException("on purpose");
                            case 1 -> throw new StackOverflowError("on purpose");
                            case 2 -> nothing();
                            default -> echo();
                        };
                    })
                    .start();
            for (int i = 0; i < 3; i++) {
                try (Socket socket = TestDispatcher.connect(server)) {
                    assertEquals(-1, socket.getInputStream().read());
                }
            }
            assertServes(server);
            server.close();
            server.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aNameThatHasNoAddressIsNamedAndLeavesNoChannel() throws Exception {
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("no.such.name.invalid", 8443);
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server.Builder builder = Server.builder(test.dispatcher)
                    .handler(FailurePathsTest::echo)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .listen(nowhere, Gate.plain());
            UnknownHostException failure = assertThrows(UnknownHostException.class, builder::start);
            assertTrue(String.valueOf(failure.getMessage()).contains("no.such.name.invalid:8443"));
        }
    }

    @Test
    void aClientWhoseNameHasNoAddressKnowsWhichAndEnds() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Client client = Client.builder(test.dispatcher)
                    .resolver(host -> {
                        throw new StackOverflowError("on purpose");
                    })
                    .build();
            var connect = client.connect("no.such.name.invalid", 8443, echo());
            ExecutionException failed = assertThrows(ExecutionException.class, () -> connect.get(20, TimeUnit.SECONDS));
            assertTrue(failed.getCause() instanceof ConnectFailedException);
            client.close();
            client.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void turnsContinueAfterAnException() {
        VirtualMachine machine = new VirtualMachine();
        List<Integer> turns = new ArrayList<>();
        Strand strand = new Strand(
                signals -> {
                    turns.add(signals);
                    throw new OutOfMemoryError("on purpose");
                },
                machine);
        strand.signal(1);
        strand.signal(2);
        assertEquals(List.of(1, 2), turns);
    }

    @Test
    void aChannelThatThrowsAnErrorFailsTheOperationAndIsClosed() {
        List<Throwable> failures = new ArrayList<>();
        CompletionHandler<Integer, Void> handler = new CompletionHandler<>() {
            @Override
            public void completed(Integer count, @Nullable Void none) {
                throw new AssertionError("completed");
            }

            @Override
            public void failed(Throwable failure, @Nullable Void none) {
                failures.add(failure);
            }
        };
        FailingChannel read = new FailingChannel(null, false);
        new SocketTransport(read).read(ByteBuffer.allocate(1), handler);
        FailingChannel written = new FailingChannel(null, false);
        new SocketTransport(written).write(ByteBuffer.allocate(1), handler);
        assertEquals(2, failures.size());
        assertFalse(
                read.isOpen() || written.isOpen(),
                "an operation that has begun although it threw must not use the buffer any longer");
        assertSame(OutOfMemoryError.class, failures.get(0).getClass());
    }

    /** A turn that fails has consumed a completion; the connection must not wait for it. */
    @Test
    void aConnectionEndsAlthoughItsObserverOfTheBeginningIsOutOfMemory() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.DEFERRED);
        RecordingHandler handler = new RecordingHandler();
        transport.receive("abc");
        machine.start(transport, new PlainFilter(), handler);
        SocketConnection connection = (SocketConnection) handler.connection();
        machine.inAnotherTurn(() -> {
            transport.completeRead();
            connection.tell(() -> {
                throw new OutOfMemoryError("on purpose");
            });
            connection.tell(() -> {
                throw new StackOverflowError("on purpose");
            });
        });
        transport.completeAll();
        assertEquals(CloseReason.IO_FAILED, handler.reason);
        transport.verify("");
        machine.verify("");
    }

    /** A file is read by a task; if that throws, reporting the failure must not need memory. */
    @Test
    void aFileThatCannotBeReadEndsItsConnectionAlone() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = new RecordingHandler();
        machine.start(transport, new PlainFilter(), handler);
        CompletableFuture<Long> sent = handler.connection().sendFile(TestFile.CHANNEL, TestFile.LENGTH - 10, 20);
        machine.runTasks();
        assertTrue(sent.isCompletedExceptionally());
        assertEquals(CloseReason.FILE_FAILED, handler.reason);
        transport.verify("");
        machine.verify("");
    }

    @Test
    void canceledWaitersAreForgotten() throws Exception {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = new RecordingHandler();
        machine.start(transport, new PlainFilter(), handler);
        SocketConnection connection = (SocketConnection) handler.connection();
        CompletableFuture<CloseReason> first = connection.closed();
        for (int i = 0; i < 1000; i++) {
            connection.closed().cancel(false);
            connection.secured().complete(null);
            connection.closed().completeExceptionally(new IllegalStateException());
        }
        CompletableFuture<CloseReason> last = connection.closed();
        assertEquals(2, ConnectionInsides.awaited(connection));
        connection.abort();
        assertEquals(CloseReason.LOCAL_ABORT, first.get());
        assertEquals(CloseReason.LOCAL_ABORT, last.get());
        assertEquals(0, ConnectionInsides.awaited(connection));
        transport.verify("");
    }

    @Test
    void canceledWaitersForTheEndOfAServerAreForgotten() throws Exception {
        CompletableFuture<Void> event = new CompletableFuture<>();
        Announcement<Void> end = new Announcement<>(event);
        CompletableFuture<Void> first = end.future();
        for (int i = 0; i < 1000; i++) {
            end.future().cancel(false);
            end.future().orTimeout(1, TimeUnit.DAYS).complete(null);
        }
        assertEquals(1, end.waiting());
        event.complete(null);
        assertTrue(first.isDone());
        assertTrue(end.future().isDone());
        assertEquals(0, end.waiting());
    }

    /** A task that was accepted runs before onClose, whichever wins the race. */
    @Test
    void aTaskThatWasAcceptedRunsBeforeTheEnd() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            for (int i = 0; i < 50; i++) {
                AtomicInteger ran = new AtomicInteger();
                CompletableFuture<Integer> atTheEnd = new CompletableFuture<>();
                CompletableFuture<io.portcullis.Connection> opened = new CompletableFuture<>();
                Server server = test.server(Gate.plain(), () -> new RecordingHandler() {
                    @Override
                    public void onOpen(io.portcullis.Connection connection) {
                        opened.complete(connection);
                    }

                    @Override
                    public void onClose(
                            io.portcullis.Connection connection, CloseReason why, @Nullable Throwable cause) {
                        atTheEnd.complete(ran.get());
                    }
                });
                try (Socket socket = TestDispatcher.connect(server)) {
                    io.portcullis.Connection connection = opened.get(20, TimeUnit.SECONDS);
                    int accepted = 0;
                    connection.abort();
                    while (connection.execute(ran::incrementAndGet)) {
                        accepted++;
                    }
                    assertEquals(accepted, atTheEnd.get(20, TimeUnit.SECONDS));
                    assertEquals(accepted, ran.get());
                    assertEquals(-1, socket.getInputStream().read());
                }
                server.close();
            }
        }
    }

    @Test
    void messagesAddedToAClosedInboxInTimeAreTakenAndOthersRefused() {
        Inbox inbox = new Inbox();
        List<String> ran = new ArrayList<>();
        assertTrue(inbox.addInTime(message(ran, "early")));
        runAll(inbox.takeAll());
        assertTrue(inbox.addInTime(message(ran, "in time")));
        runAll(inbox.takeLast());
        assertEquals(List.of("early", "in time"), ran);
        assertTrue(!inbox.addInTime(message(ran, "late")));
        inbox.add(message(ran, "even late"));
        assertTrue(!inbox.addInTime(message(ran, "late, behind another")));
        runAll(inbox.takeLast());
        runAll(inbox.takeLast());
        assertTrue(!inbox.addInTime(message(ran, "late")));
        assertEquals(List.of("early", "in time", "even late"), ran);
    }

    private static Inbox.Message message(List<String> ran, String name) {
        return new Inbox.Message() {
            @Override
            public void run() {
                ran.add(name);
            }
        };
    }

    private static void runAll(Inbox.@Nullable Message oldest) {
        for (Inbox.Message next = oldest; next != null; next = next.next()) {
            next.run();
        }
    }
}
