// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.portcullis.Gate;
import io.portcullis.internal.loop.Dispatched;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.LoopInsides;
import java.net.ConnectException;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** There is no memory to hand a turn to another thread: it is kept until there is some. */
@Timeout(60)
class LostTurnsTest {
    private final CountDownLatch refused = new CountDownLatch(1);

    @Test
    void aHeldConnectionWhoseTurnCannotBePassedOnIsServedLater() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> connection.write(data));
            Listener listener = server.listeners().get(0);
            listener.suspend();
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write('x');
                TestDispatcher.until(() -> listener.acceptor().holds());
                GroupMachine machine = test.dispatcher.machine();
                machine.run(() -> {
                    breakBell(machine);
                    listener.resume();
                    RealClients.awaitUninterruptibly(refused);
                });
                assertEquals('x', socket.getInputStream().read());
            }
        }
    }

    @Test
    void codeThatCannotBeHandedOverToAnotherThreadRunsLater() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            GroupMachine machine = test.dispatcher.machine();
            CompletableFuture<Thread> runs = new CompletableFuture<>();
            machine.run(() -> {
                breakBell(machine);
                machine.run(() -> runs.complete(Thread.currentThread()));
                RealClients.awaitUninterruptibly(refused);
            });
            assertInstanceOf(DispatcherThread.class, runs.get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aCrewWhoseBellCouldNotBeConnectedIsReplaced() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            GroupMachine machine = test.dispatcher.machine();
            Object before = LoopInsides.crew(machine);
            LoopInsides.bellNotConnected(machine, new ConnectException("on purpose"));
            TestDispatcher.until(() -> !before.equals(LoopInsides.crew(machine)));
            CompletableFuture<Thread> runs = new CompletableFuture<>();
            machine.run(() -> runs.complete(Thread.currentThread()));
            assertInstanceOf(DispatcherThread.class, runs.get(20, TimeUnit.SECONDS));
        }
    }

    /** Once, the bell has no memory for the task that it is rung for. */
    private void breakBell(GroupMachine machine) {
        LoopInsides.replaceRung(machine, new ConcurrentLinkedQueue<>() {
            private static final long serialVersionUID = 1;

            @Override
            public boolean add(Dispatched turn) {
                if (refused.getCount() > 0) {
                    refused.countDown();
                    throw new OutOfMemoryError("thrown by the test");
                }
                return super.add(turn);
            }
        });
    }
}
