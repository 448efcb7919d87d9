// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

// snippet: QUICKSTART
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;

/** Returns every line to its sender; a request of HTTP, too, which ends with an empty line. */
public final class EchoServer extends LineHandler {
    EchoServer() {
        super(8192); // the longest line, in bytes
    }

    public static void main(String... arguments) throws IOException, InterruptedException {
        TlsProfile tls = SelfSignedCertificate.create().serverProfile(); // for development only
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(9001, Gate.detect(tls)) // plain or TLS, by the first bytes of each connection
                        .handler(EchoServer::new) // one handler object per connection: its fields need no lock
                        .start()) {
            System.out.println("listening on " + server.addresses());
            server.awaitClosed();
        }
    }

    @Override
    protected void onLine(Connection connection, String line) {
        if (line.endsWith(" HTTP/1.1")) {
            connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", UTF_8);
        }
        connection.write(line + "\n", UTF_8); // never blocks; all writes of one callback leave together
        if (line.isEmpty()) {
            String protocol = connection.session().map(TlsSession::protocol).orElse("plain TCP");
            connection.write("over " + protocol + "\n", UTF_8);
            connection.close(); // sends first what was written
        }
    }
}
// end snippet
