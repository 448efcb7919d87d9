// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Threads that write while another one ends the output. */
@Timeout(120)
class AcceptedWritesTest {
    private static final int CONNECTIONS = 1000;
    private static final int WRITERS = 2;

    private final LinkedBlockingQueue<Connection> opened = new LinkedBlockingQueue<>();

    enum End {
        CLOSE,
        SHUTDOWN_OUTPUT;

        void of(Connection connection) {
            switch (this) {
                case CLOSE -> connection.close();
                case SHUTDOWN_OUTPUT -> connection.shutdownOutput();
            }
        }
    }

    private final class Offering extends StatefulHandler {
        @Override
        public void onOpen(Connection connection) {
            opened.add(connection);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("every write that was accepted is sent, whichever moment another thread ends the output at")
    void acceptedWritesAreSent(End end) throws Exception {
        ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
        try (Rig rig = new Rig(Gate.plain(), Offering::new)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                assertAcceptedBytesAreSent(rig, writers, end);
            }
        } finally {
            writers.shutdownNow();
        }
    }

    private void assertAcceptedBytesAreSent(Rig rig, ExecutorService writers, End end) throws Exception {
        try (Socket socket = new Socket(Rig.loopback(0).getAddress(), rig.port())) {
            Connection connection = opened.take();
            CyclicBarrier begin = new CyclicBarrier(WRITERS + 1);
            Callable<Integer> writing = () -> {
                begin.await();
                return acceptedBytes(connection);
            };
            List<Future<Integer>> accepted = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                accepted.add(writers.submit(writing));
            }
            begin.await();
            for (int i = ThreadLocalRandom.current().nextInt(3000); i > 0; i--) {
                Thread.onSpinWait();
            }
            end.of(connection);
            int received = socket.getInputStream().readAllBytes().length;
            int sum = 0;
            for (Future<Integer> bytes : accepted) {
                sum += bytes.get(30, TimeUnit.SECONDS);
            }
            assertEquals(sum, received);
        }
    }

    private static int acceptedBytes(Connection connection) {
        int count = 0;
        while (connection.write(new byte[1])) {
            count++;
        }
        return count;
    }
}
