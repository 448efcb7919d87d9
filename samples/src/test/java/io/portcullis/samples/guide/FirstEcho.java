// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

// snippet: ECHO
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Sends back what it receives. */
public final class FirstEcho {
    private FirstEcho() {}

    public static void main(String... arguments) throws IOException, InterruptedException {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 9001))) {
            System.out.println("listening on " + server.addresses());
            server.awaitClosed();
        }
    }

    static Server start(Dispatcher dispatcher, InetSocketAddress address) throws IOException {
        return Server.builder(dispatcher)
                .listen(address, Gate.plain())
                .handler(() -> (connection, data) -> connection.write(data))
                .start();
    }
}
// end snippet
