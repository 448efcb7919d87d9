// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

// snippet: SERVER
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** Serves lines in plaintext and over TLS on one port, and shuts down gracefully. */
public final class FirstServer extends LineHandler {
    private static final Duration SHUTDOWN = Duration.ofSeconds(10);

    FirstServer() {
        super(8192);
    }

    public static void main(String... arguments) throws IOException, InterruptedException {
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 9001), tls)) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> server.drain(SHUTDOWN).join(), "shutdown"));
            System.out.println("listening on " + server.addresses());
            server.awaitClosed();
        }
    }

    static Server start(Dispatcher dispatcher, InetSocketAddress address, TlsProfile tls) throws IOException {
        return Server.builder(dispatcher)
                .listen(address, Gate.detect(tls)) // plain or TLS, by the first bytes of each connection
                .handler(FirstServer::new)
                .start();
    }

    @Override
    public void onOpen(Connection connection) {
        String protocol = connection.session().map(TlsSession::protocol).orElse("plain TCP");
        connection.write("hello over " + protocol + "\n", UTF_8);
    }

    @Override
    protected void onLine(Connection connection, String line) {
        connection.write(line + "\n", UTF_8);
    }

    @Override
    public void onDrain(Connection connection) {
        connection.write("the server is shutting down\n", UTF_8);
        super.onDrain(connection); // closes the connection, or waits for the rest of a line
    }
}
// end snippet
