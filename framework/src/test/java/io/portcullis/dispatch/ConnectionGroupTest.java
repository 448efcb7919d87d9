// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.group.Broadcast;
import io.portcullis.group.ConnectionGroup;
import io.portcullis.group.SlowMembers;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Broadcasts, over real sockets and in memory; at the end of each test every lease and every connection is gone. */
@Timeout(120)
class ConnectionGroupTest {
    private static final int MESSAGES = 200;

    /** A member in memory, whose peer reads as much as the test says. */
    private static final class Member {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final RecordingHandler handler = new RecordingHandler();

        Member(VirtualMachine machine, ConnectionGroup group) {
            handler.onOpen = group::add;
            machine.start(transport, new PlainFilter(), handler);
        }

        String sent() {
            return transport.sent.toString(StandardCharsets.ISO_8859_1);
        }

        void end() {
            handler.connection().abort();
            transport.completeAll();
        }
    }

    private static ByteBuffer text(String text) {
        return StandardCharsets.ISO_8859_1.encode(text);
    }

    /** All connections end; then the group is empty, and no broadcast buffer remains. */
    private static void end(VirtualMachine machine, ConnectionGroup group, Member... members) {
        for (Member member : members) {
            member.end();
            member.transport.verify("at the end");
        }
        assertEquals(0, group.size());
        assertEquals(0, group.statistics().pending());
        machine.verify("at the end");
    }

    @Test
    void eachMemberReceivesTheMessageOnceAndTheBufferIsConsumed() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member[] members = {new Member(machine, group), new Member(machine, group), new Member(machine, group)};
        ByteBuffer message = text("hello");
        assertEquals(new Broadcast(3, 0, 0), group.writeToAll(message));
        assertFalse(message.hasRemaining());
        assertEquals(new Broadcast(2, 0, 0), group.writeToOthers(members[1].handler.connection(), text(" others")));
        Connection first = members[0].handler.connection();
        assertEquals(new Broadcast(1, 0, 0), group.writeTo(first::equals, text(" first")));
        assertEquals("hello others first", members[0].sent());
        assertEquals("hello", members[1].sent());
        assertEquals("hello others", members[2].sent());
        assertEquals(6, group.statistics().sent());
        end(machine, group, members);
    }

    @Test
    void theCallersBufferMayBeUsedAgainWhileALargeMessageIsStillPending() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member[] members = {new Member(machine, group), new Member(machine, group)};
        members[0].transport.window = 0;
        members[1].transport.window = 10_000;
        byte[] bytes = new byte[300_000];
        new Random(1).nextBytes(bytes);
        ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        group.writeToAll(buffer);
        buffer.clear().put(new byte[bytes.length]);
        for (Member member : members) {
            member.transport.window = Long.MAX_VALUE;
            member.transport.completeAll();
            assertArrayEquals(bytes, member.transport.sent.toByteArray());
        }
        end(machine, group, members);
    }

    @Test
    void aMemberLeavesWhenItEnds() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member first = new Member(machine, group);
        Member second = new Member(machine, group);
        assertEquals(2, group.size());
        first.end();
        assertEquals(1, group.size());
        assertFalse(group.contains(first.handler.connection()));
        assertEquals(new Broadcast(1, 0, 0), group.writeToAll(text("still here")));
        assertEquals("still here", second.sent());
        assertTrue(group.add(first.handler.connection()), "an ended connection may be added");
        assertFalse(group.contains(first.handler.connection()), "it leaves at once");
        end(machine, group, second);
    }

    @Test
    void aConnectionThatHasLeftMayComeBackAndIsAMemberOnce() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member member = new Member(machine, group);
        Connection connection = member.handler.connection();
        for (int i = 0; i < 1000; i++) {
            assertFalse(group.add(connection), "it is already a member");
            assertTrue(group.remove(connection));
            assertFalse(group.remove(connection));
            assertTrue(group.add(connection));
        }
        assertEquals(1, group.size());
        group.writeToAll(text("once"));
        assertEquals("once", member.sent());
        end(machine, group, member);
    }

    @Test
    void aWriteToAMemberThatEndsCountsAsFailed() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member member = new Member(machine, group);
        member.transport.window = 0;
        assertEquals(new Broadcast(1, 0, 0), group.writeToAll(ByteBuffer.allocate(100_000)));
        assertEquals(1, group.statistics().pending());
        member.end();
        assertEquals(1, group.statistics().failed());
        end(machine, group, member);
    }

    @Test
    void aSlowMemberIsSkippedUntilItHasCaughtUp() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.builder()
                .pendingLimit(10)
                .slowMembers(SlowMembers.SKIP)
                .build();
        Member slow = new Member(machine, group);
        Member fast = new Member(machine, group);
        slow.transport.window = 0;
        assertEquals(new Broadcast(2, 0, 0), group.writeToAll(text("one, more than ten bytes")));
        assertEquals(new Broadcast(1, 1, 0), group.writeToAll(text(" two")));
        slow.transport.window = Long.MAX_VALUE;
        slow.transport.completeAll();
        assertEquals(new Broadcast(2, 0, 0), group.writeToAll(text(" three")));
        assertEquals("one, more than ten bytes three", slow.sent());
        assertEquals("one, more than ten bytes two three", fast.sent());
        assertEquals(1, group.statistics().skipped());
        end(machine, group, slow, fast);
    }

    @Test
    void aSlowMemberIsClosedByDefaultAfterPendingWrites() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.builder().pendingLimit(10).build();
        Member slow = new Member(machine, group);
        Member fast = new Member(machine, group);
        slow.transport.window = 0;
        group.writeToAll(text("one, more than ten bytes"));
        assertEquals(new Broadcast(1, 0, 1), group.writeToAll(text(" two")));
        assertEquals(new Broadcast(1, 0, 0), group.writeToAll(text(" three")), "it has left");
        slow.transport.window = Long.MAX_VALUE;
        slow.transport.completeAll();
        slow.transport.receiveEnd();
        slow.transport.completeAll();
        assertEquals("one, more than ten bytes", slow.sent());
        assertEquals(CloseReason.LOCAL_CLOSE, slow.handler.reason);
        assertEquals(1, group.statistics().closed());
        end(machine, group, slow, fast);
    }

    @Test
    void whatWasDoneBeforeAConditionThrewIsCounted() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.builder().pendingLimit(0).build();
        Member one = new Member(machine, group);
        Member other = new Member(machine, group);
        one.transport.window = 0;
        other.transport.window = 0;
        group.writeToAll(text("one"));
        Set<Connection> asked = new HashSet<>();
        assertThrows(
                IllegalStateException.class,
                () -> group.writeTo(
                        member -> {
                            asked.add(member);
                            if (asked.size() == 2) {
                                throw new IllegalStateException("on purpose");
                            }
                            return true;
                        },
                        text("two")));
        assertEquals(1, group.size());
        assertEquals(2, group.statistics().broadcasts());
        assertEquals(1, group.statistics().closed());
        end(machine, group, one, other);
    }

    @Test
    void aSlowMemberMayBeQueuedFor() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.builder()
                .pendingLimit(0)
                .slowMembers(SlowMembers.QUEUE)
                .build();
        Member slow = new Member(machine, group);
        slow.transport.window = 0;
        for (int i = 0; i < 10; i++) {
            assertEquals(new Broadcast(1, 0, 0), group.writeToAll(text(Integer.toString(i))));
        }
        slow.transport.window = Long.MAX_VALUE;
        slow.transport.completeAll();
        assertEquals("0123456789", slow.sent());
        end(machine, group, slow);
    }

    @Test
    void aClosedGroupClosesItsMembersAndLateOnes() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member member = new Member(machine, group);
        CompletableFuture<Void> closed = group.closed();
        group.close();
        group.close();
        Member late = new Member(machine, group);
        assertFalse(closed.isDone(), "a member is still ending");
        for (Member each : List.of(member, late)) {
            each.transport.receiveEnd();
            each.transport.completeAll();
            assertEquals(CloseReason.LOCAL_CLOSE, each.handler.reason);
        }
        assertTrue(closed.isDone());
        assertEquals(0, group.size());
        machine.verify("at the end");
        ConnectionGroup empty = ConnectionGroup.create();
        empty.close();
        assertTrue(empty.closed().isDone());
    }

    @Test
    void theIteratorShowsTheMembersAndRemovesNone() {
        VirtualMachine machine = new VirtualMachine();
        ConnectionGroup group = ConnectionGroup.create();
        Member member = new Member(machine, group);
        assertEquals(
                List.of(member.handler.connection()),
                StreamSupport.stream(group.spliterator(), false).toList());
        var iterator = group.iterator();
        iterator.next();
        assertThrows(UnsupportedOperationException.class, iterator::remove);
        end(machine, group, member);
    }

    @Test
    void settingsAreChecked() {
        assertThrows(
                IllegalArgumentException.class, () -> ConnectionGroup.builder().pendingLimit(-1));
    }

    // Over real sockets:

    private static Server serve(
            TestDispatcher test, boolean tls, ConnectionHandler handler, UnaryOperator<Server.Builder> settings)
            throws IOException {
        return settings.apply(Server.builder(test.dispatcher)
                        .listen(
                                TestDispatcher.ANY_PORT,
                                tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain())
                        .handler(() -> handler))
                .start();
    }

    /** Adds each connection to a group. */
    private record Joining(ConnectionGroup group) implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            group.add(connection);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            group.writeToOthers(connection, data); // a lent buffer
        }
    }

    @Test
    void plainAndTlsMembersReceiveEachOthersMessages() throws Exception {
        ConnectionGroup group = ConnectionGroup.create();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server plain = serve(test, false, new Joining(group), builder -> builder);
            Server secured = serve(test, true, new Joining(group), builder -> builder);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                sockets.add(TestDispatcher.connect(plain));
                sockets.add(TestDispatcher.connect(secured, true));
            }
            TestDispatcher.until(() -> group.size() == 8);
            byte[] bytes = new byte[100_000];
            new Random(2).nextBytes(bytes);
            sockets.get(0).getOutputStream().write(bytes);
            for (Socket socket : sockets.subList(1, 8)) {
                assertArrayEquals(bytes, socket.getInputStream().readNBytes(bytes.length));
            }
            sockets.get(1).getOutputStream().write(7);
            assertEquals(7, sockets.get(0).getInputStream().read(), "it has received its own message");
            for (Socket socket : sockets) {
                socket.close();
            }
            TestDispatcher.until(() -> group.size() == 0);
        }
        assertEquals(0, group.statistics().pending());
    }

    /** Each thread numbers its messages; members join and leave meanwhile. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theMessagesOfEachThreadArriveInOrderWhileOthersJoinAndLeave(boolean tls) throws Exception {
        int threads = 4;
        int members = 6;
        ConnectionGroup group =
                ConnectionGroup.builder().slowMembers(SlowMembers.QUEUE).build();
        ExecutorService executor = Executors.newCachedThreadPool();
        AtomicBoolean over = new AtomicBoolean();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = serve(test, tls, new Joining(group), builder -> builder);
            List<Future<?>> readers = new ArrayList<>();
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < members; i++) {
                Socket socket = TestDispatcher.connect(server, tls);
                sockets.add(socket);
                readers.add(executor.submit(() -> readMessages(socket, threads)));
            }
            TestDispatcher.until(() -> group.size() == members);
            Future<?> guests = executor.submit(() -> comeAndGo(server, tls, over));
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int thread = i;
                writers.add(executor.submit(() -> writeMessages(group, thread)));
            }
            await(writers);
            await(readers);
            over.set(true);
            while (!guests.isDone()) {
                group.writeToAll(ByteBuffer.allocate(1));
            }
            guests.get(60, TimeUnit.SECONDS);
            for (Socket socket : sockets) {
                socket.close();
            }
            TestDispatcher.until(() -> group.size() == 0);
        } finally {
            executor.shutdownNow();
        }
        assertEquals(0, group.statistics().pending());
    }

    private static void await(List<Future<?>> all) throws Exception {
        for (Future<?> each : all) {
            each.get(60, TimeUnit.SECONDS);
        }
    }

    private static Void comeAndGo(Server server, boolean tls, AtomicBoolean over) throws IOException {
        do {
            try (Socket guest = TestDispatcher.connect(server, tls)) {
                guest.getInputStream().read();
            }
        } while (!over.get());
        return null;
    }

    private static void writeMessages(ConnectionGroup group, int thread) {
        for (int message = 0; message < MESSAGES; message++) {
            ByteBuffer bytes = ByteBuffer.allocate(9 + (message % 10 == 0 ? 5000 : 20));
            bytes.put(0, (byte) thread).putInt(1, message).putInt(5, bytes.capacity() - 9);
            group.writeToAll(bytes);
        }
    }

    private static Void readMessages(Socket socket, int threads) throws IOException {
        int[] next = new int[threads];
        DataInputStream in = new DataInputStream(socket.getInputStream());
        for (int i = 0; i < threads * MESSAGES; i++) {
            int thread = in.readByte();
            assertEquals(next[thread]++, in.readInt(), "messages of thread " + thread);
            in.skipNBytes(in.readInt());
        }
        return null;
    }

    /** 50 MB are broadcast, of which two members read nothing. */
    @ParameterizedTest
    @EnumSource(names = {"SKIP", "CLOSE"})
    void membersThatReadNothingCostABoundedAmountOfMemory(SlowMembers policy) throws Exception {
        ConnectionGroup group = ConnectionGroup.builder()
                .pendingLimit(256 * 1024)
                .slowMembers(policy)
                .build();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server plain = serve(test, false, new Joining(group), builder -> builder);
            Server secured = serve(test, true, new Joining(group), builder -> builder);
            try (Socket first = TestDispatcher.connect(plain);
                    Socket second = TestDispatcher.connect(secured, true)) {
                TestDispatcher.until(() -> group.size() == 2);
                List<Connection> members =
                        StreamSupport.stream(group.spliterator(), false).toList();
                for (int i = 0; i < 800; i++) {
                    group.writeToAll(ByteBuffer.allocate(64 * 1024));
                    for (Connection member : members) {
                        // The limit, one more message, and one that counts twice while a turn takes it over
                        assertTrue(member.pendingBytes() <= (256 + 2 * 64) * 1024, member::toString);
                    }
                }
                switch (policy) {
                    case SKIP -> assertTrue(group.statistics().skipped() > 800);
                    case CLOSE -> assertEquals(2, group.statistics().closed());
                    case QUEUE -> throw new IllegalStateException();
                }
                assertTrue(first.isConnected() && second.isConnected());
            }
            TestDispatcher.until(() -> group.size() == 0);
        }
        assertEquals(0, group.statistics().pending());
    }
}
