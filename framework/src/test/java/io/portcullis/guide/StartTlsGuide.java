// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.Connection;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.TlsProfile;

/** The handlers of docs/guide/starttls.md. */
final class StartTlsGuide {
    private StartTlsGuide() {}

    // snippet: CLIENT
    /** A client that requests TLS after the greeting, and sends nothing sensitive before. */
    static final class Upgrading extends LineHandler {
        private final TlsProfile tls;
        private boolean asked;

        Upgrading(TlsProfile tls) {
            super(512);
            this.tls = tls;
        }

        @Override
        protected void onLine(Connection connection, String line) {
            if (connection.session().isPresent()) {
                return; // replies under TLS
            }
            if (!line.startsWith("+OK")) {
                connection.abort(); // never continue in plaintext, whichever side refuses
            } else if (!asked) {
                asked = true;
                connection.write(US_ASCII.encode("STLS\r\n"));
            } else {
                var unused = connection.startTls(tls); // verifies the host name of the connect
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
        connection.write(US_ASCII.encode("200 going on in plaintext\r\n")); // the last reply under TLS
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
