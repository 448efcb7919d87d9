// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.ConnectionHandler;
import io.portcullis.ProtocolViolationException;
import io.portcullis.samples.http.ScriptedConnection;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Line-based sessions, and a peer that sends many commands at once. */
final class PipelinedCommandsTest {
    private static final TlsProfile TLS = Programs.selfSigned().build();
    private static final TlsSession SESSION = new TlsSession(
            "TLSv1.3",
            "TLS_AES_128_GCM_SHA256",
            Optional.empty(),
            false,
            Optional.empty(),
            Optional.empty(),
            List.of());

    /** A protocol, with the server's replies to NOOP and QUIT. */
    enum Protocol {
        SMTP("250 ok\r\n", "221 goodbye\r\n"),
        POP3("+OK\r\n", "+OK goodbye\r\n");

        private final String noop;
        private final String quit;

        Protocol(String noop, String quit) {
            this.noop = noop;
            this.quit = quit;
        }

        private ScriptedConnection greeted() {
            ConnectionHandler handler = this == SMTP ? new SmtpStartTls.Smtp(TLS) : new Pop3Greeting.Pop3(TLS);
            ScriptedConnection connection = ScriptedConnection.secured(handler, SESSION);
            connection.sent();
            return connection;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatReadsNothingGetsOnlyAsManyRepliesAsMayBeQueued(Protocol protocol) {
        ScriptedConnection connection = protocol.greeted();
        connection.stopReading();
        connection.receive("NOOP\r\n".repeat(10_000));
        assertEquals(protocol.noop, connection.sent(), "more replies than may wait to be sent");
        connection.readOn();
        assertEquals(protocol.noop.repeat(9_999), connection.sent());
    }

    @ParameterizedTest
    @EnumSource
    void nothingAfterQuitIsExecuted(Protocol protocol) {
        ScriptedConnection connection = protocol.greeted();
        connection.receive("QUIT\r\nNOOP\r\nNOOP\r\n");
        assertEquals(protocol.quit, connection.sent());
        assertTrue(connection.isClosed());
        assertEquals("NOOP\r\nNOOP\r\n".length(), connection.unread(), "commands after QUIT stay unread");
    }

    @ParameterizedTest
    @EnumSource
    void aLineThatIsTooLongIsThePeersFaultWholeOrNot(Protocol protocol) {
        for (String end : new String[] {"", "\r\n"}) {
            ScriptedConnection connection = protocol.greeted();
            connection.receive("x".repeat(500));
            Assertions.assertThrows(
                    ProtocolViolationException.class, () -> connection.receive("x".repeat(1_000) + end));
        }
    }

    @Test
    void aMessageHasAtMostAHundredRecipients() {
        ScriptedConnection connection = Protocol.SMTP.greeted();
        connection.receive("MAIL FROM:<me@example.org>\r\n" + "RCPT TO:<you@example.org>\r\n".repeat(10_000));
        String responses = connection.sent();
        assertEquals("250 ok\r\n".repeat(101) + "452 too many recipients\r\n".repeat(9_900), responses);
        connection.receive("DATA\r\n");
        assertEquals("354 end with a dot on a line of its own\r\n", connection.sent());
    }
}
