// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Several names on one address: the name in the ClientHello (SNI) selects the profile, and with it the certificate. */
@Command(
        name = "VirtualHosts",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Serves several hosts on one port, each with its own certificate; refuses all other names.",
        footer = {"", "Try: curl -kv --connect-to ::127.0.0.1:8443 https://one.example/"})
public final class VirtualHosts implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    @Option(
            names = "--host",
            paramLabel = "NAME",
            split = ",",
            description = "The host names, separated by commas. Default: one.example,two.example.")
    private List<String> hosts = List.of("one.example", "two.example");

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new VirtualHosts(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        // snippet: server
        Map<String, TlsProfile> profiles = new HashMap<>();
        for (String host : hosts) {
            profiles.put(host, Programs.selfSigned(host).build());
        }
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(
                                Programs.loopback(port),
                                Gate.bySni(profiles, null)) // null: refuses clients without SNI
                        .handler(() -> new Page(VirtualHosts::welcome))
                        .start()) {
            return Programs.serve(server, "tls");
        }
        // end snippet
    }

    private static String welcome(Connection connection) {
        return "Welcome to "
                + connection.session().flatMap(TlsSession::serverName).orElseThrow();
    }
}
