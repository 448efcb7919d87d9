// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/**
 * Requests one resource from a server. The response is written to standard output as it arrives, a trace of the
 * handshake to standard error.
 */
@Command(
        name = "AsyncClient",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Requests one resource from a server, over TLS by default, and prints a trace of the handshake.",
        footer = {"", "Exits with 0 after a complete response, 1 after a failure, 2 after invalid arguments."})
public final class AsyncClient implements Callable<Integer> {
    @Mixin
    private final ClientOptions options = new ClientOptions();

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "HOST",
            defaultValue = "localhost",
            description = "Default: localhost.")
    private String host = "localhost";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PORT", defaultValue = "443", description = "Default: 443.")
    private int port;

    @Parameters(index = "2", arity = "0..1", paramLabel = "PATH", defaultValue = "/", description = "Default: /.")
    private String path = "/";

    /**
     * Runs the command line and exits the process.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        System.exit(Programs.execute(new AsyncClient(), arguments));
    }

    @Override
    public Integer call() throws IOException {
        Response response = new Response(ClientOptions.get(host, port, path));
        // snippet: connect
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = options.client(dispatcher, "http/1.1")
                        .observer(new Tracer())
                        .build()) {
            client.connect(host, port, response).join(); // the main thread may block; a dispatcher thread must not
            return response.exitCode.join();
        }
        // end snippet
    }

    // snippet: listener
    /** Prints the trace of each connect, successful or not. */
    private static final class Tracer implements ConnectionObserver {
        @Override
        public void onConnected(Connection connection, ConnectTrace trace) {
            System.err.print(HandshakeTrace.of(trace));
        }

        @Override
        public void onConnectFailed(ConnectFailedException failure) {
            System.err.print(HandshakeTrace.of(failure.trace()));
        }
    }
    // end snippet

    // snippet: handler
    /** Sends the request and prints the response. */
    private static final class Response extends StatefulHandler {
        private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
        private final ByteBuffer request;

        Response(ByteBuffer request) {
            this.request = request;
        }

        @Override
        public void onOpen(Connection connection) {
            connection.write(request);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            System.out.write(bytes, 0, bytes.length);
            if (System.out.checkError()) { // also flushes
                connection.abort(); // standard output has been closed
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (reason != CloseReason.PEER_CLOSE) {
                System.err.println("AsyncClient: the response may be incomplete: " + reason);
            }
            exitCode.complete(reason == CloseReason.PEER_CLOSE ? 0 : 1);
        }
    }
    // end snippet
}
