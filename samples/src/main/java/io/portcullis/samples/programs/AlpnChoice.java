// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.samples.EchoHandler;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves two protocols on one port; the handshake selects the protocol of each connection (ALPN, RFC 7301). */
@Command(
        name = "AlpnChoice",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description =
                "Serves HTTP/1.1 and echo on one TLS port; ALPN selects. Other protocols are refused (alert 120).",
        footer = {
            "",
            "Try: curl -k https://127.0.0.1:8443/",
            "     openssl s_client -quiet -alpn echo -connect 127.0.0.1:8443"
        })
public final class AlpnChoice implements Callable<Integer> {
    private static final String HTTP = "http/1.1";
    private static final String ECHO = "echo";

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new AlpnChoice(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        // snippet: server
        TlsProfile tls = Programs.selfSigned().alpn(ECHO, HTTP).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.tls(tls))
                        .handler(() -> ConnectionHandler.selecting(AlpnChoice::byProtocol))
                        .start()) {
            return Programs.serve(server, "tls");
        }
        // end snippet
    }

    // snippet: choice
    /** Called when the handshake has completed and the connection is open. */
    private static ConnectionHandler byProtocol(Connection connection) {
        String protocol = connection
                .session()
                .flatMap(TlsSession::applicationProtocol)
                .orElse(HTTP); // the default for clients without ALPN
        return protocol.equals(ECHO) ? new EchoHandler() : new Page(connected -> "You speak " + protocol);
    }
    // end snippet
}
