// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** The server of the README. */
final class ReadmeServer {
    private ReadmeServer() {}

    static void serve() throws IOException, InterruptedException {
        // snippet: SERVE
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .build();

        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(9001, Gate.detect(tls)) // plain or TLS, by its first bytes
                        .handler(Echo::new) // one handler object for each connection: no map, no lock
                        .start()) {
            server.awaitClosed();
        }
        // end snippet
    }

    static Server warm(Dispatcher dispatcher, TlsProfile tls) throws IOException {
        // snippet: WARM_UP
        Server server = Server.builder(dispatcher)
                .listen(9001, Gate.detect(tls))
                .handler(Echo::new)
                .warmUp(Duration.ofSeconds(10))
                .start();
        // end snippet
        return server;
    }
}
