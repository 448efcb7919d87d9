// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A handler that is chosen when the connection opens. */
@Timeout(60)
class ChosenHandlerTest {
    private static final Gate TLS =
            Gate.tls(TestCertificates.serverBuilder().alpn("echo", "sink").build());

    private final RecordingHandler echo = RecordingHandler.echo();
    private final RecordingHandler sink = new RecordingHandler();
    private final AtomicInteger choices = new AtomicInteger();

    private ConnectionHandler byProtocol(Connection connection) {
        choices.incrementAndGet();
        String protocol =
                connection.session().flatMap(TlsSession::applicationProtocol).orElseThrow();
        return protocol.equals("echo") ? echo : sink;
    }

    private static Rig rig(Gate gate, Function<Connection, ConnectionHandler> choice) throws IOException {
        return new Rig(gate, () -> ConnectionHandler.selecting(choice));
    }

    @Test
    void theHandshakeHasTakenPlaceAndTheChosenHandlerGetsAllEvents() throws Exception {
        try (Rig rig = rig(TLS, this::byProtocol)) {
            RecordingHandler asking = new RecordingHandler();
            asking.onData = (connection, data) -> {
                asking.take(data);
                connection.close();
            };
            asking.onOpen = connection -> connection.write(US_ASCII.encode("hello"));
            try (Client client = Client.builder(rig.dispatcher)
                    .tls(TestCertificates.clientBuilder().alpn("echo").build())
                    .build()) {
                client.connect("localhost", rig.port(), asking).get(30, TimeUnit.SECONDS);
                assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
            }
            assertEquals("hello", asking.receivedText());
        }
        assertEquals(List.of("open", "data", "end", "close PEER_CLOSE"), echo.events);
        assertEquals(List.of(), sink.events);
        assertEquals(1, choices.get());
    }

    @Test
    void aConnectionThatIsNeverOpenChoosesNothing() throws Exception {
        try (Rig rig = rig(TLS, this::byProtocol);
                Socket socket = rig.connect()) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));
            socket.shutdownOutput();
            assertEquals(CloseReason.HANDSHAKE_FAILED, rig.nextEnd().reason());
        }
        assertEquals(0, choices.get());
    }

    @Test
    void aChoiceThatFailsEndsItsConnection() throws Exception {
        IllegalStateException undecided = new IllegalStateException("undecided");
        Function<Connection, ConnectionHandler> failing = connection -> {
            throw undecided;
        };
        try (Rig rig = rig(Gate.plain(), failing);
                Socket socket = rig.connect()) {
            assertEquals(-1, socket.getInputStream().read());
            Rig.End end = rig.nextEnd();
            assertEquals(CloseReason.HANDLER_FAILED, end.reason());
            assertSame(undecided, end.cause());
        }
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void aChoiceOfNullEndsItsConnection() throws Exception {
        try (Rig rig = rig(Gate.plain(), connection -> null);
                Socket socket = rig.connect()) {
            assertEquals(-1, socket.getInputStream().read());
            Rig.End end = rig.nextEnd();
            assertEquals(CloseReason.HANDLER_FAILED, end.reason());
            assertInstanceOf(NullPointerException.class, end.cause());
        }
    }
}
