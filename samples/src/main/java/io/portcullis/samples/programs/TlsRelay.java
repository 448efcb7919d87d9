// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Pipe;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.ServerNameMap;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A relay in front of a TLS server: one host is served locally, one is relayed without decryption, and one is decrypted
 * and re-encrypted. A client that half-closes after its request receives its response in all three cases.
 */
@Command(
        name = "TlsRelay",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description =
                "Serves own.example itself, relays pass.example without decryption to a backend in this process, and "
                        + "decrypts and re-encrypts again.example for the same backend.",
        footer = {"", "Try: curl -kv --connect-to ::127.0.0.1:8443 https://pass.example/"})
public final class TlsRelay implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new TlsRelay(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        SelfSignedCertificate made = SelfSignedCertificate.create("pass.example", "localhost");
        TlsProfile behind =
                TlsProfile.builder().certificate(made.key(), made.certificate()).build();
        TlsProfile toBackend = TlsProfile.builder().trust(made.certificate()).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server backend = Server.builder(dispatcher)
                        .listen(Programs.loopback(0), Gate.tls(behind))
                        .handler(() -> new Page(connection -> "The backend, requested as " + name(connection)))
                        .start();
                Client client = Client.builder(dispatcher).tls(toBackend).build();
                Server relay = Server.builder(dispatcher)
                        .listen(
                                Programs.loopback(port),
                                gate(backend.addresses().get(0)))
                        .handler(handlers(client, backend.addresses().get(0).getPort()))
                        .start()) {
            return Programs.serve(relay, "tls");
        }
    }

    // snippet: gate
    private static Gate gate(InetSocketAddress backend) {
        ServerNameMap<Decision> hosts = hosts(backend);
        return peer -> Decision.byOpening()
                .onHello(hello -> hello.serverName()
                        .flatMap(hosts::find) // ignores case and a trailing dot
                        .orElse(Decision.reject(
                                HandshakeFailure.UNKNOWN_SERVER_NAME, "this relay does not serve the requested host")));
    }

    static ServerNameMap<Decision> hosts(InetSocketAddress backend) {
        return ServerNameMap.of(Map.of(
                "own.example", Decision.tls(Programs.selfSigned("own.example").build()),
                "pass.example", Decision.relay(backend),
                "again.example",
                        Decision.tls(Programs.selfSigned("again.example").build())));
    }
    // end snippet

    /** Returns the handlers of the hosts whose TLS ends here; the gate admits no others. */
    private static Supplier<ConnectionHandler> handlers(Client client, int port) {
        ServerNameMap<Function<Connection, ConnectionHandler>> hosts = ServerNameMap.of(Map.of(
                "own.example", front -> new Page(connection -> "The relay itself"),
                "again.example", front -> new Reencrypting(client, port)));
        return () -> ConnectionHandler.selecting(
                front -> hosts.find(name(front)).orElseThrow().apply(front));
    }

    private static String name(Connection connection) {
        return connection.session().flatMap(TlsSession::serverName).orElse("no name");
    }

    // snippet: pipe
    /** Connects to the backend, and then pipes the two connections into each other. */
    record Reencrypting(Client client, int port) implements ConnectionHandler {
        @Override
        public void onOpen(Connection front) {
            front.pause(); // until there is a backend
            var unused = client.connect("localhost", port, (back, data) -> {}).whenComplete((back, failure) -> {
                if (failure == null) {
                    var unusedToo = Pipe.between(front, back);
                } else {
                    front.close();
                }
            });
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {} // left for the pipe
    }
    // end snippet
}
