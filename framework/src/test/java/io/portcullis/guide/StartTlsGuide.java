// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;

/** The handlers of docs/guide/starttls.md. */
final class StartTlsGuide {
    private StartTlsGuide() {}

    // snippet: CLIENT
    /** A client that asks for TLS when it has been greeted, and says nothing of weight before. */
    static final class Upgrading implements ConnectionHandler {
        private final TlsProfile tls;
        private boolean asked;

        Upgrading(TlsProfile tls) {
            this.tls = tls;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            String reply = US_ASCII.decode(data).toString();
            if (connection.session().isPresent()) {
                return; // replies under TLS
            }
            if (!asked && reply.startsWith("+OK")) {
                asked = true;
                connection.write(US_ASCII.encode("STLS\r\n"));
            } else if (reply.startsWith("+OK")) {
                var unused = connection.startTls(tls); // verifies the name that was connected to
            } else {
                connection.abort(); // never on in plaintext, whoever it is that says no
            }
        }

        @Override
        public void onSecured(Connection connection) {
            connection.write(US_ASCII.encode("USER alice\r\n"));
        }
    }
    // end snippet

    static void clearTheChannel(Connection connection) {
        // snippet: BACK
        connection.write(US_ASCII.encode("200 going on in plaintext\r\n")); // the last words under TLS
        var unused = connection.stopTls().thenRun(() -> connection.write(US_ASCII.encode("220 in plaintext\r\n")));
        // end snippet
    }

    static void upgradeAndTell(Connection connection, TlsProfile tls) {
        // snippet: FUTURE
        var unused = connection.startTls(tls).whenComplete((session, failure) -> {
            if (failure instanceof IllegalStateException) {
                connection.write(US_ASCII.encode("503 not now\r\n")); // nothing has changed
            } else if (failure == null) {
                connection.write(US_ASCII.encode("220 by " + session.protocol() + "\r\n"));
            } // or the connection has ended, and onClose has the reason
        });
        // end snippet
    }
}
