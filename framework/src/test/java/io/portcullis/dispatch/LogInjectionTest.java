// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLog;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.ProtocolViolationException;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Log injection: all paths on which peer data may get into the log, with everything logged. */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
class LogInjectionTest {
    private static final String FORGED = "x\n2026-01-01 INFO forged line\u001b[2J" + "y".repeat(5_000);
    private static final int LONGEST = 4_200;

    private final CapturedLog log = CapturedLog.at(Level.TRACE);

    @AfterEach
    void restore() {
        log.close();
    }

    private static String text(ByteBuffer data) {
        return StandardCharsets.ISO_8859_1.decode(data).toString();
    }

    @Test
    @DisplayName("R40 peer data in an exception of a callback is escaped in the log; the handler gets the exception "
            + "unchanged")
    void aHandlerThatThrowsPeerData() throws Exception {
        ConnectionObserver listener = new ConnectionObserver() {
            @Override
            public void onHandlerFailure(Connection connection, Throwable failure) {
                throw new IllegalStateException("cannot note " + failure.getMessage());
            }
        };
        ConnectionHandler throwing = (connection, data) -> {
            String sent = text(data);
            throw new IllegalArgumentException("not a number: " + sent, new IOException(sent));
        };
        ConnectionHandler violated = (connection, data) -> {
            throw new ProtocolViolationException("not a command: " + text(data));
        };
        for (ConnectionHandler handler : List.of(throwing, violated)) {
            try (Rig rig = new Rig(Gate.plain(), () -> handler, settings -> settings.observer(listener))) {
                send(rig, FORGED);
                rig.nextEnd();
            }
        }
        assertClean();
    }

    @Test
    @DisplayName("R40 peer data in an exception of a gate is escaped in the log and in the resulting exception")
    void aGateThatThrowsPeerData() throws Exception {
        TlsProfile profile = TestCertificates.serverProfile();
        Decision byHello = Decision.byOpening().onHello(hello -> {
            throw new IllegalArgumentException("no tenant " + hello.serverName() + FORGED);
        });
        Decision later = Decision.byOpening()
                .onHello(hello ->
                        Decision.later(CompletableFuture.failedFuture(new IOException("no tenant " + FORGED))));
        for (Gate gate : List.<Gate>of(peer -> byHello, peer -> later, Gate.bySni(Map.of("known", profile), null))) {
            try (Rig rig = new Rig(
                    gate,
                    () -> Connection::write,
                    settings -> settings.connectionLog(peer -> ConnectionLog.handshakes()))) {
                hello(rig);
                Rig.End end = rig.nextEnd();
                assertTrue(end.cause() instanceof TlsException, end::toString);
                for (Throwable cause = end.cause(); cause != null; cause = cause.getCause()) {
                    assertClean(cause.toString());
                }
            }
        }
        assertClean();
    }

    @Test
    @DisplayName("R40 a resolver's message and the host of a connect are escaped in the exception and in the log")
    void aResolverThatRepeatsTheName() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Client client = Client.builder(test.dispatcher)
                    .resolver(host -> CompletableFuture.failedFuture(new IOException("no such host: " + host)))
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
            var failure = client.connect(FORGED, 443, Connection::write)
                    .handle((opened, failed) -> failed)
                    .get();
            for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
                assertClean(cause.toString());
            }
            client.close();
        }
        assertClean();
    }

    private static void hello(Rig rig) throws IOException {
        SSLContext client =
                TestCertificates.contextOf(TestCertificates.jdkClientBuilder().build());
        try (SSLSocket socket = (SSLSocket)
                client.getSocketFactory().createSocket(rig.connect(), "unknown.example", rig.port(), true)) {
            socket.startHandshake();
        } catch (IOException refused) {
            return;
        }
        throw new AssertionError("it was accepted");
    }

    private static void send(Rig rig, String text) throws IOException {
        try (Socket socket = rig.connect()) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getInputStream().readAllBytes();
        } catch (IOException reset) {
            return;
        }
    }

    private void assertClean() {
        assertFalse(log.events().isEmpty());
        for (ILoggingEvent event : log.events()) {
            if (event.getLoggerName().startsWith("io.portcullis.")) {
                assertClean(event.getFormattedMessage());
                for (IThrowableProxy failure = event.getThrowableProxy();
                        failure != null;
                        failure = failure.getCause()) {
                    assertClean(String.valueOf(failure.getMessage()));
                }
            }
        }
    }

    private static void assertClean(String text) {
        assertFalse(text.chars().anyMatch(Character::isISOControl), text);
        assertTrue(text.length() < LONGEST, () -> text.length() + " characters");
    }
}
