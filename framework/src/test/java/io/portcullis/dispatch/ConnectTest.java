// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectPhase;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.internal.connect.ClientHandler;
import io.portcullis.internal.limit.Admission;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What happens to a connect in each of its phases, with a clock and sockets that the test controls. */
class ConnectTest {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final AdmissionLimit ONE = new AdmissionLimit(1, 10, Duration.ofSeconds(5));

    private static NameResolver knows(String... addresses) {
        return host -> CompletableFuture.completedFuture(VirtualClient.inet(addresses));
    }

    /** A client whose connect is in a phase, and does not leave it by itself. */
    private static final class In {
        final VirtualClient client;
        final CompletableFuture<Connection> future;
        private Admission.@Nullable Place occupied;

        In(ConnectPhase phase) {
            client = new VirtualClient(ONE, knows("192.0.2.1"));
            client.tls();
            if (phase == ConnectPhase.ADMISSION) {
                occupied = client.dialer.admission().ask(() -> {});
            }
            future = client.begin();
            if (phase.compareTo(ConnectPhase.CONNECTION) >= 0) {
                client.machine.runTasks();
            }
            if (phase.compareTo(ConnectPhase.HANDSHAKE) >= 0) {
                client.attempt(0).connect();
            }
        }

        void verify() {
            client.machine.runTasks();
            if (occupied != null) {
                occupied.leave();
            }
            client.verify();
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OPEN")
    void aConnectThatIsCancelledLeavesNothing(ConnectPhase phase) {
        In in = new In(phase);
        assertTrue(in.future.cancel(false));
        assertEquals(1, in.client.failures.size());
        assertEquals(CloseReason.LOCAL_ABORT, in.client.failures.get(0).reason());
        assertEquals(phase, in.client.failures.get(0).phase());
        in.client.machine.runTasks();
        assertEquals(0, in.client.connector.open());
        assertFalse(in.client.handler.events.contains("open"));
        in.verify();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OPEN")
    void aConnectThatItsCallerTimesOutLeavesNothing(ConnectPhase phase) {
        In in = new In(phase);
        assertTrue(in.future.completeExceptionally(new TimeoutException()));
        assertEquals(0, in.client.connector.open());
        in.verify();
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "OPEN")
    @DisplayName("R30 closing a client abandons its pending connects, in every phase")
    void aClientThatIsClosedGivesUp(ConnectPhase phase) {
        In in = new In(phase);
        in.client.close();
        ConnectFailedException failure = in.client.failure(in.future);
        assertEquals(CloseReason.SHUTDOWN, failure.reason());
        assertEquals(phase, failure.phase());
        in.verify();
    }

    @Test
    void cancellingAnOpenConnectionsFutureIsTooLate() throws Exception {
        VirtualClient client = new VirtualClient("192.0.2.1");
        CompletableFuture<Connection> future = client.connect();
        client.attempt(0).connect();
        assertFalse(future.cancel(true));
        assertEquals(1, client.connector.open());
        client.verify();
    }

    @Test
    void cancellingInsideOnOpenAbortsTheConnection() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        CompletableFuture<Connection> future = client.connect();
        client.handler.onOpen = opened -> assertTrue(future.cancel(true));
        client.attempt(0).connect();
        client.settle();
        assertEquals(List.of("open", "close LOCAL_ABORT"), client.handler.events);
        client.verify();
    }

    @Test
    @DisplayName("R25 a handler that throws in onOpen fails the future of its connect")
    void aHandlerThatThrowsFailsTheFuture() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        CompletableFuture<Connection> future = client.connect();
        IllegalStateException thrown = new IllegalStateException("on purpose");
        client.handler.onOpen = opened -> {
            throw thrown;
        };
        client.attempt(0).connect();
        ConnectFailedException failure = VirtualClient.failureOf(future);
        assertEquals(CloseReason.HANDLER_FAILED, failure.reason());
        assertEquals(thrown, failure.getCause());
        client.verify();
    }

    @Test
    void aClosedClientRefuses() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        client.close();
        ConnectFailedException failure = VirtualClient.failureOf(client.begin());
        assertEquals(CloseReason.SHUTDOWN, failure.reason());
        assertTrue(String.valueOf(failure.getMessage()).contains("the client is closed"), failure::toString);
        client.verify();
    }

    @Test
    void theHandshakeHasADeadlineOfItsOwn() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        client.tls();
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(Duration.ofSeconds(9));
        client.attempt(0).connect();
        client.machine.advance(Duration.ofSeconds(10).minus(MILLISECOND));
        assertFalse(future.isDone());
        client.machine.advance(MILLISECOND);
        ConnectFailedException failure = client.failure(future);
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, failure.reason());
        assertEquals(ConnectPhase.HANDSHAKE, failure.phase());
        client.settle();
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, client.handler.reason);
        client.verify();
    }

    private static final byte[] FATAL_ALERT = {21, 3, 3, 0, 2, 2, 40};

    private static Stream<Arguments> answersThatFail() {
        return Stream.of(
                Arguments.of(HandshakeFailure.PEER_ALERT, FATAL_ALERT),
                Arguments.of(HandshakeFailure.NOT_TLS, "HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(US_ASCII)));
    }

    @ParameterizedTest
    @MethodSource("answersThatFail")
    @DisplayName("R12 a failed handshake is reported at once, even if the server keeps its socket open")
    void aFailureDoesNotWaitForThePeer(HandshakeFailure reason, byte[] answer) {
        VirtualClient client = new VirtualClient("192.0.2.1");
        client.tls();
        CompletableFuture<Connection> future = client.connect();
        client.attempt(0).connect();
        client.settle();
        client.attempt(0).transport.receive(answer).completeAll();
        ConnectFailedException failure = client.failure(future);
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
        assertEquals(
                reason, assertInstanceOf(TlsException.class, failure.getCause()).failure());
        client.verify();
    }

    @Test
    void aNameThatIsNotResolvedInTimeIsReported() {
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        VirtualClient client = new VirtualClient(ONE, host -> answer);
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(Duration.ofSeconds(10));
        ConnectFailedException failure = client.failure(future);
        assertEquals(CloseReason.CONNECT_TIMEOUT, failure.reason());
        assertEquals(ConnectPhase.RESOLUTION, failure.phase());
        answer.complete(VirtualClient.inet("192.0.2.1"));
        assertEquals(List.of(), client.connector.tried());
        client.verify();
    }

    @Test
    void anUnresolvableNameIsReported() {
        List<NameResolver> failing = List.of(
                host -> CompletableFuture.completedFuture(List.of()),
                host -> CompletableFuture.failedFuture(new UnknownHostException(host)),
                host -> {
                    throw new UnknownHostException(host);
                },
                host -> {
                    throw new IllegalStateException("on purpose");
                });
        for (NameResolver resolver : failing) {
            VirtualClient client = new VirtualClient(ONE, resolver);
            ConnectFailedException failure = client.failure(client.connect());
            assertEquals(CloseReason.IO_FAILED, failure.reason());
            assertEquals(ConnectPhase.RESOLUTION, failure.phase());
            assertTrue(String.valueOf(failure.getMessage()).contains("check the name"), failure::toString);
            client.verify();
        }
    }

    @Test
    void aHostThatIsAnAddressIsNotLookedUp() throws Exception {
        VirtualClient client = new VirtualClient(ONE, host -> {
            throw new IOException("must not be called");
        });
        for (String host : List.of("192.0.2.1", "2001:db8::1", "[2001:db8::1]")) {
            CompletableFuture<Connection> future = client.begin(host, 443);
            client.attempt(client.connector.tries.size() - 1).connect();
            assertEquals(443, future.get().remoteAddress().getPort());
        }
        assertEquals(0, client.machine.tasks.size());
        client.verify();
    }

    @Test
    void anInvalidAddressOrPortFailsTheFuture() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        for (int port : new int[] {-1, 0, 70_000}) {
            var failure = client.failure(client.begin("192.0.2.1", port));
            assertInstanceOf(IllegalArgumentException.class, failure.getCause());
        }
        client.failure(client.begin("1:2:nonsense", 443));
        client.verify();
    }

    @Test
    void connectsThatWaitForAdmissionHaveNoSocketAndComeInOrder() {
        VirtualClient client = new VirtualClient(ONE, knows("192.0.2.1"));
        List<CompletableFuture<Connection>> futures = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            futures.add(client.begin("host-" + i, 443));
            client.machine.runTasks();
        }
        assertEquals(1, client.connector.tries.size());
        for (int i = 0; i < 3; i++) {
            assertFalse(futures.get(i).isDone());
            client.attempt(i).connect();
            assertTrue(futures.get(i).isDone());
            assertEquals("host-" + i, client.traces.get(i).host());
            client.machine.runTasks();
        }
        client.verify();
    }

    @Test
    void admissionHasADeadlineAndABound() {
        VirtualClient client = new VirtualClient(new AdmissionLimit(1, 1, Duration.ofSeconds(5)), knows("192.0.2.1"));
        CompletableFuture<Connection> first = client.begin();
        CompletableFuture<Connection> second = client.begin();
        ConnectFailedException third = client.failure(client.begin());
        assertEquals(CloseReason.ADMISSION_REFUSED, third.reason());
        assertEquals(ConnectPhase.ADMISSION, third.phase());
        client.machine.advance(Duration.ofSeconds(5));
        assertFalse(first.isDone());
        assertEquals(CloseReason.ADMISSION_TIMEOUT, client.failure(second).reason());
        client.machine.runTasks();
        client.attempt(0).refuse();
        assertTrue(first.isDone());
        assertEquals(0, client.dialer.admission().admitted());
        client.verify();
    }

    @Test
    void everyCallbackIsPassedOn() {
        for (Method callback : ConnectionHandler.class.getDeclaredMethods()) {
            assertTrue(
                    Arrays.stream(ClientHandler.class.getDeclaredMethods())
                                    .anyMatch(method -> method.getName().equals(callback.getName())
                                            && Arrays.equals(method.getParameterTypes(), callback.getParameterTypes()))
                            || Modifier.isStatic(callback.getModifiers()),
                    "ClientHandler swallows " + callback);
        }
    }

    @Test
    void aProxyHeaderGoesFirstHoweverSlowly() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        ProxyHeader header =
                ProxyHeader.of(new InetSocketAddress("203.0.113.5", 5555), new InetSocketAddress("203.0.113.6", 443));
        byte[] bytes = header.encode(ProxyVersion.V2).array();
        client.handler.onOpen = opened -> opened.write(ByteBuffer.wrap(new byte[] {'d'}));
        CompletableFuture<Connection> future = client.dialer.connect("192.0.2.1", 443, client.handler, header);
        ScriptedTransport transport = client.attempt(0).transport;
        transport.window = 0;
        client.attempt(0).connect();
        for (int i = 0; i < bytes.length; i++) {
            assertFalse(future.isDone());
            transport.window = 1;
            transport.completeAll();
        }
        transport.window = 1;
        transport.completeAll();
        assertTrue(future.isDone());
        byte[] expected = Arrays.copyOf(bytes, bytes.length + 1);
        expected[bytes.length] = 'd';
        assertArrayEquals(expected, transport.sent.toByteArray());
        client.verify();
    }

    @Test
    void aProxyHeaderThatCannotBeSentFailsTheConnect() {
        for (boolean refused : new boolean[] {true, false}) {
            VirtualClient client = new VirtualClient("192.0.2.1");
            CompletableFuture<Connection> future =
                    client.dialer.connect("192.0.2.1", 443, client.handler, ProxyHeader.unknown());
            ScriptedTransport transport = client.attempt(0).transport;
            transport.window = 0;
            client.attempt(0).connect();
            if (refused) {
                transport.fail(new IOException("reset"));
                transport.completeAll();
                assertEquals(CloseReason.IO_FAILED, client.failure(future).reason());
            } else {
                client.machine.advance(Duration.ofSeconds(10));
                assertEquals(CloseReason.CONNECT_TIMEOUT, client.failure(future).reason());
            }
            assertEquals(List.of(), client.handler.events);
            client.verify();
        }
    }
}
