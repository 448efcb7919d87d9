// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.stream.Stream;

/**
 * A PostgreSQL server in which each simple query returns its own text as one row: in plaintext, or over TLS after the
 * client's SSLRequest. Prints the certificate that {@code sslmode=verify-full} needs.
 *
 * <p>Messages are written as text in ISO 8859-1, one character for each byte, and the length is inserted by the
 * {@link LengthField}. As in PostgreSQL, a length that is out of range ends the connection without a reply.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">Message Formats</a>
 */
public final class PostgresServer {
    private static final LengthField LENGTH = LengthField.ofBytes(4);
    private static final LengthField MESSAGE = LENGTH.offset(1).countingItself().withHeader();
    private static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create();
    private static final TlsProfile TLS = CERTIFICATE.serverProfile();

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the port
     * @throws IOException if the port is not available
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String... arguments) throws IOException, InterruptedException {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(Integer.parseInt(arguments[0])), Gate.plain())
                        .handler(() -> FrameHandler.of(LENGTH.countingItself(), 10_000, PostgresServer::start))
                        .start()) {
            System.out.println("listening postgres " + server.addresses() + "\nready\n" + CERTIFICATE.certificatePem());
            server.awaitClosed();
        }
    }

    // snippet: start
    /** Receives the packets without a type, up to the one that starts the session. */
    private static void start(Connection connection, ByteBuffer packet) {
        switch (packet.remaining() < 4 ? 0 : packet.getInt()) {
            case 80877103 -> { // SSLRequest
                connection.write(connection.session().isEmpty() ? "S" : "N", ISO_8859_1);
                var unused = connection.startTls(TLS); // has no effect if the connection is under TLS already
            }
            case 80877104 -> connection.write("N", ISO_8859_1); // GSSENCRequest
            case 196608 -> { // StartupMessage, protocol 3.0
                connection.handler(FrameHandler.of(MESSAGE, 256 * 1024, PostgresServer::receive));
                send(connection, "R\0\0\0\0", "Sclient_encoding\0UTF8\0", "ZI");
            }
            default -> fail(connection, "unsupported request or protocol version");
        }
    }
    // end snippet

    private static void receive(Connection connection, ByteBuffer message) {
        String text = ISO_8859_1.decode(message.position(5)).toString();
        if (message.get(0) == 'Q' && text.matches("[^\0]*\0")) {
            String row = "D\0\1" + ISO_8859_1.decode(LENGTH.frame(message.slice(5, text.length() - 1)));
            // One column, "text", of the type text, which has the object identifier 25 (octal 31)
            send(connection, "T\0\1text\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0\0", row, "CSELECT 1\0", "ZI");
        } else if (message.get(0) == 'X') { // Terminate
            connection.close();
        } else {
            fail(connection, "expected a simple query with a terminating zero byte, or Terminate");
        }
    }

    private static void send(Connection connection, String... messages) {
        Stream.of(messages).map(ISO_8859_1::encode).map(MESSAGE::frame).forEach(connection::write);
    }

    private static void fail(Connection connection, String text) {
        send(connection, "ESFATAL\0VFATAL\0C08P01\0M" + text + "\0\0"); // protocol_violation
        connection.close();
    }
}
