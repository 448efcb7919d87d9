// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A server on a free loopback port that sends back whatever it receives, on two threads of its own. */
final class EchoServer implements AutoCloseable {
    private static final Duration FOREVER = Duration.ofDays(1);

    private final Dispatcher dispatcher;
    private final Server server;

    private EchoServer(Dispatcher dispatcher, Server server) {
        this.dispatcher = dispatcher;
        this.server = server;
    }

    static EchoServer start(Gate gate) {
        try {
            Dispatcher dispatcher = Dispatcher.builder().threads(2).build();
            return new EchoServer(
                    dispatcher,
                    Server.builder(dispatcher)
                            .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), gate)
                            .handler(EchoServer::echo)
                            .idleTimeout(FOREVER)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ConnectionHandler echo() {
        return (connection, data) -> connection.write(data);
    }

    InetSocketAddress address() {
        return server.addresses().get(0);
    }

    /** Opens a connection to this server, on the same dispatcher. */
    Connection connectPlain() {
        return Client.builder(dispatcher)
                .idleTimeout(FOREVER)
                .build()
                .connect(address().getHostString(), address().getPort(), echo())
                .join();
    }

    @Override
    public void close() {
        dispatcher.close();
        dispatcher.closed().join();
    }
}
