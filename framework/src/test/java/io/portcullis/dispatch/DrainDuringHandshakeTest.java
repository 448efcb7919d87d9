// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A server that drains while clients are at each step of their handshakes. */
@Timeout(60)
@DisplayName("R30 a drain that begins during a handshake")
class DrainDuringHandshakeTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    /** How far the client is when the drain begins. */
    enum Step {
        SILENT,
        HALF_A_HELLO,
        HELLO_SENT,
        FLIGHT_READ
    }

    static Stream<Arguments> steps() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Arrays.stream(Step.values()).map(step -> Arguments.of(protocol, step)));
    }

    /** A client that stops in the middle of a handshake, and can continue from there. */
    private static final class Walker {
        private final HalfHandshake handshake;
        private final byte[] hello;
        private final Socket socket;
        private int sent;
        private boolean flightRead;

        Walker(String protocol, Socket socket) {
            handshake = new HalfHandshake(protocol, it -> {});
            hello = handshake.wrap();
            this.socket = socket;
        }

        private void send(int upTo) throws IOException {
            socket.getOutputStream().write(hello, sent, upTo - sent);
            sent = upTo;
        }

        void goTo(Step step) throws IOException {
            switch (step) {
                case SILENT -> {}
                case HALF_A_HELLO -> send(hello.length / 2);
                case HELLO_SENT -> send(hello.length);
                case FLIGHT_READ -> {
                    send(hello.length);
                    readFlight();
                }
            }
        }

        private void readFlight() throws IOException {
            if (!flightRead) {
                flightRead = true;
                handshake.readFlight(new DataInputStream(socket.getInputStream()));
            }
        }

        /** Completes its handshake, and reads to the end. */
        void finish() throws IOException {
            goTo(Step.FLIGHT_READ);
            socket.getOutputStream().write(handshake.response());
            for (byte[] record : HalfHandshake.records(socket)) {
                handshake.read(record);
            }
        }
    }

    /** What the server reports about its connection. */
    private static final class Recorder implements ConnectionObserver {
        final CountDownLatch accepted = new CountDownLatch(1);
        final Queue<String> failures = new ConcurrentLinkedQueue<>();

        @Override
        public void onAccepted(Connection connection) {
            accepted.countDown();
        }

        @Override
        public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
            failures.add(failure.failure().toString());
        }
    }

    private static Rig rig(Recorder recorder) throws IOException {
        return new Rig(
                Gate.tls(TestCertificates.serverProfile()),
                () -> Connection::write,
                settings -> settings.observer(recorder));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("steps")
    @DisplayName("completes the handshake, closes the connection gracefully, and completes")
    void aCompletedHandshakeIsClosedGracefully(String protocol, Step step) throws Exception {
        Recorder recorder = new Recorder();
        try (Rig rig = rig(recorder);
                Socket socket = rig.connect()) {
            Walker client = new Walker(protocol, socket);
            client.goTo(step);
            assertTrue(recorder.accepted.await(20, TimeUnit.SECONDS));
            CompletableFuture<Void> drained = rig.server.drain(LONG);
            assertFalse(drained.isDone());
            client.finish();
            assertTrue(client.handshake.closed(), "a close_notify ends it");
            Echoes.leave(socket);
            drained.get(20, TimeUnit.SECONDS);
            assertEquals(CloseReason.LOCAL_CLOSE, rig.nextEnd().reason());
            assertEquals(List.of(), List.copyOf(recorder.failures));
            assertNothingIsLeft(rig);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("steps")
    @DisplayName("ends a stalled handshake at the deadline, without an alert, and completes")
    void aStalledHandshakeIsEndedAtTheDeadline(String protocol, Step step) throws Exception {
        Recorder recorder = new Recorder();
        try (Rig rig = rig(recorder);
                Socket socket = rig.connect()) {
            Walker client = new Walker(protocol, socket);
            client.goTo(step);
            assertTrue(recorder.accepted.await(20, TimeUnit.SECONDS));
            CompletableFuture<Void> drained = rig.server.drain(Duration.ofMillis(100));
            drained.get(20, TimeUnit.SECONDS);
            assertEquals(CloseReason.SHUTDOWN, rig.nextEnd().reason());
            long alerts = HalfHandshake.records(socket).stream()
                    .filter(record -> record[0] == 21)
                    .count();
            assertEquals(0, alerts);
            assertEquals(List.of(), List.copyOf(recorder.failures), "given up by the server, not failed");
            assertNothingIsLeft(rig);
        }
    }

    private static void assertNothingIsLeft(Rig rig) {
        assertEquals(0, rig.dispatcher.statistics().connections());
        assertEquals(0, rig.dispatcher.statistics().awaitingAdmission());
    }
}
