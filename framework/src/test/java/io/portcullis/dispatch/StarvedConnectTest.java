// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.sun.management.ThreadMXBean;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.Wire;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A connect without memory fails, if necessary once there is memory again; it is not lost, and leaves no socket behind.
 */
@Timeout(60)
class StarvedConnectTest {
    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int ROUNDS = 20;
    private static final Duration SECOND = Duration.ofSeconds(1);

    private final VirtualClient client = new VirtualClient("192.0.2.1");

    private void failsWhenThereIsMemory(CompletableFuture<Connection> future) {
        assertFalse(future.isDone());
        client.machine.full = false;
        client.machine.advance(SECOND);
        assertEquals(CloseReason.IO_FAILED, VirtualClient.failureOf(future).reason());
        client.verify();
    }

    @Test
    @DisplayName("R42 a connect without the memory even to fail fails once there is memory, before its deadline")
    void failsLaterButBeforeItsDeadline() {
        List<CompletableFuture<Connection>> futures = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            futures.add(client.begin());
            client.machine.full = true;
        });
        failsWhenThereIsMemory(futures.get(0));
    }

    @Test
    void aSocketThatWasConnectedWithoutMemoryIsClosed() {
        CompletableFuture<Connection> future = client.connect();
        client.machine.full = true;
        client.attempt(0).connect();
        failsWhenThereIsMemory(future);
    }

    @Test
    void aConnectionThatOpensWithoutMemoryFailsItsConnect() {
        CompletableFuture<Connection> future = client.connect();
        client.onAccepted = () -> client.machine.full = true;
        client.attempt(0).connect();
        client.settle();
        failsWhenThereIsMemory(future);
    }

    /** The fewest bytes that this thread has allocated in any round. */
    private static long least(LongSupplier round) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < ROUNDS; i++) {
            least = Math.min(least, round.getAsLong());
        }
        return least;
    }

    private static long allocated(VirtualMachine machine, Runnable code) {
        long[] bytes = new long[1];
        machine.inAnotherTurn(() -> {
            long before = MEMORY.getCurrentThreadAllocatedBytes();
            code.run();
            bytes[0] = MEMORY.getCurrentThreadAllocatedBytes() - before;
        });
        return bytes[0];
    }

    @Test
    void reportingASuccessfulAttemptNeedsNoMemory() {
        assertEquals(0, least(() -> {
            VirtualClient other = new VirtualClient("192.0.2.1");
            var unused = other.connect();
            ScriptedConnector.Try attempt = other.attempt(0);
            Wire wire = attempt.wire();
            long bytes = allocated(other.machine, () -> attempt.connect(wire));
            other.verify();
            return bytes;
        }));
    }

    /** The memory it takes to admit a waiting connect. */
    private static long admitted(boolean aConnect) {
        VirtualClient other =
                new VirtualClient(new AdmissionLimit(1, 10, Duration.ofSeconds(5)), host -> new CompletableFuture<>());
        Admission admission = other.dialer.admission();
        Admission.Place first = admission.ask(() -> {});
        Admission.@Nullable Place second = null;
        if (aConnect) {
            var unused = other.begin();
        } else {
            second = admission.ask(() -> {});
        }
        long bytes = allocated(other.machine, first::leave);
        if (second != null) {
            second.leave();
        }
        other.machine.runTasks();
        other.verify();
        return bytes;
    }

    @Test
    void admittingAConnectNeedsNoMemory() {
        assertEquals(least(() -> admitted(false)), least(() -> admitted(true)));
    }

    @Test
    void anAttemptThatCannotReportKillsNoThreadAndLeavesNoSocket() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1);
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            GroupMachine machine = test.dispatcher.machine();
            var before = test.threads();
            var unused = test.dispatcher
                    .connector()
                    .connect((InetSocketAddress) server.getLocalSocketAddress(), new CompletionHandler<>() {
                        @Override
                        public void completed(Wire wire, @Nullable Void none) {
                            throw new LinkageError("on purpose");
                        }

                        @Override
                        public void failed(Throwable failure, @Nullable Void none) {
                            throw new LinkageError("on purpose");
                        }
                    });
            try (Socket accepted = server.accept()) {
                accepted.setSoTimeout(20_000);
                assertEquals(-1, accepted.getInputStream().read());
            }
            CompletableFuture<Thread> behind = new CompletableFuture<>();
            machine.run(() -> behind.complete(Thread.currentThread()));
            assertEquals(before, Set.of(behind.get(20, TimeUnit.SECONDS)));
        }
    }
}
