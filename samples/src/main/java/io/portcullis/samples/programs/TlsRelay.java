// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
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
import java.nio.channels.CompletionHandler;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * In front of a TLS server: one host is answered here, one is passed on untouched, one is decrypted and encrypted anew.
 * A client that ends its stream behind its question gets its answer in all three.
 */
@Command(
        name = "TlsRelay",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description =
                "Serves own.example itself, passes pass.example on untouched to a backend inside this process, and "
                        + "decrypts again.example and encrypts it anew for the same backend.",
        footer = {"", "Try: curl -kv --connect-to ::127.0.0.1:8443 https://pass.example/"})
public final class TlsRelay implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    /**
     * Serves until it is stopped.
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
                        .handler(() -> new Page(connection -> "The backend, asked for " + name(connection)))
                        .start();
                Client client = Client.builder(dispatcher).tls(toBackend).build();
                Server relay = Server.builder(dispatcher)
                        .listen(
                                Programs.loopback(port),
                                gate(backend.addresses().get(0)))
                        .handler(answering(client, backend.addresses().get(0).getPort()))
                        .start()) {
            return Programs.serve(relay, "tls");
        }
    }

    // snippet: gate
    private static Gate gate(InetSocketAddress backend) {
        ServerNameMap<Decision> hosts = hosts(backend);
        return peer -> Decision.byOpening()
                .onHello(hello -> hello.serverName()
                        .flatMap(hosts::find) // in any case, and with a final dot
                        .orElse(Decision.reject(
                                HandshakeFailure.UNKNOWN_SERVER_NAME, "only the hosts of this relay are served")));
    }

    static ServerNameMap<Decision> hosts(InetSocketAddress backend) {
        return ServerNameMap.of(Map.of(
                "own.example", Decision.tls(Programs.selfSigned("own.example").build()),
                "pass.example", Decision.relay(backend),
                "again.example",
                        Decision.tls(Programs.selfSigned("again.example").build())));
    }
    // end snippet

    /** What answers the hosts whose TLS ends here, which are all that the gate lets in. */
    private static Supplier<ConnectionHandler> answering(Client client, int port) {
        ServerNameMap<Function<Connection, ConnectionHandler>> hosts = ServerNameMap.of(Map.of(
                "own.example", front -> new Page(connection -> "The relay itself"),
                "again.example", front -> Half.encryptedAnew(front, client, port)));
        return () -> ConnectionHandler.selecting(
                front -> hosts.find(name(front)).orElseThrow().apply(front));
    }

    private static String name(Connection connection) {
        return connection.session().flatMap(TlsSession::serverName).orElse("nobody");
    }

    // snippet: half
    /** One of two connections that belong together: what comes here is sent there, as fast as that one takes it. */
    static final class Half extends StatefulHandler implements CompletionHandler<Void, Connection> {
        private final boolean asks;
        private @Nullable Connection other;

        private Half(boolean asks) {
            this.asks = asks;
        }

        static Half encryptedAnew(Connection front, Client client, int port) {
            Half here = new Half(true);
            Half there = new Half(false);
            there.other = front;
            front.pause(); // until there is a backend
            var unused = client.connect("localhost", port, there).whenComplete((back, failure) -> {
                if (failure != null) {
                    front.abort();
                } else if (!front.execute(() -> here.join(front, back))) {
                    back.close(); // the client has gone meanwhile
                }
            });
            return here;
        }

        private void join(Connection front, Connection back) {
            other = back;
            front.resume();
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (other != null) {
                connection.pause(); // no more of it until this has been sent
                other.write(data);
                other.write(ByteBuffer.allocate(0), connection, this);
            }
        }

        @Override
        public void completed(Void nothing, Connection connection) {
            connection.resume();
        }

        @Override
        public void failed(Throwable failure, Connection connection) {} // the other one has ended, and says so below

        @Override
        public void onEndOfInput(Connection connection) {
            if (!asks) {
                connection.close(); // the answer is complete
            } else if (other != null && answersBehindTheEnd(other)) {
                other.shutdownOutput(); // everything is asked, and the answer is still to come
            }
        }

        /**
         * With TLS 1.2 a close_notify ends both directions (RFC 5246, 7.2.1): told of the end, the backend could not
         * answer.
         */
        private static boolean answersBehindTheEnd(Connection backend) {
            return backend.session()
                    .map(tls -> tls.protocol().equals("TLSv1.3"))
                    .orElse(true);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (other != null && (reason == CloseReason.PEER_CLOSE || reason == CloseReason.LOCAL_CLOSE)) {
                other.close();
            } else if (other != null) {
                other.abort(); // what was cut off here must look cut off there
            }
        }
    }
    // end snippet
}
