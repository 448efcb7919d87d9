// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Serves plain and TLS connections, on separate ports and on one common port, with the same handler. */
@Command(
        name = "MixedServer",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Serves HTTP in plaintext, over TLS, and both on a third port.",
        footer = {"", "Try: curl http://127.0.0.1:9000/", "     curl -k https://127.0.0.1:9000/"})
public final class MixedServer implements Callable<Integer> {
    @Option(names = "--plain", paramLabel = "PORT", description = "Plaintext only. Default: 8080.")
    private int plainPort = 8080;

    @Option(names = "--tls", paramLabel = "PORT", description = "TLS only. Default: 8443.")
    private int tlsPort = 8443;

    @Option(names = "--mixed", paramLabel = "PORT", description = "Both, detected from the first bytes. Default: 9000.")
    private int mixedPort = 9000;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new MixedServer(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TlsProfile tls = Programs.selfSigned().build();
        // snippet: server
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(plainPort), Gate.plain())
                        .listen(Programs.loopback(tlsPort), Gate.tls(tls))
                        .listen(Programs.loopback(mixedPort), Gate.detect(tls))
                        .handler(() -> new Page(MixedServer::security))
                        .start()) {
            return Programs.serve(server, "plain", "tls", "mixed");
        }
        // end snippet
    }

    // snippet: session
    private static String security(Connection connection) {
        return connection
                .session()
                .map(tls -> "Secure: " + tls.protocol() + " with " + tls.cipherSuite())
                .orElse("Plain: anyone on the path can read this");
    }
    // end snippet
}
