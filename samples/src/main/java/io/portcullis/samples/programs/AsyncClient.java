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
 * Asks a server for one resource. The answer goes to standard output as it arrives, what was done for it to standard
 * error.
 */
@Command(
        name = "AsyncClient",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Asks a server for one resource, over TLS unless told otherwise, and shows the handshake.",
        footer = {"", "Ends with 0 after the whole answer, 1 after a failure, 2 after bad arguments."})
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
     * Runs the command line, and ends the process.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        System.exit(Programs.execute(new AsyncClient(), arguments));
    }

    @Override
    public Integer call() throws IOException {
        Answer answer = new Answer(ClientOptions.get(host, port, path));
        // snippet: connect
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = options.client(dispatcher, "http/1.1")
                        .observer(new Tracer())
                        .build()) {
            client.connect(host, port, answer).join(); // the main thread may wait; a dispatcher's must not
            return answer.exitCode.join();
        }
        // end snippet
    }

    // snippet: listener
    /** Shows what was done for a connection, also for one that did not come. */
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
    /** Sends the request, and prints what comes. */
    private static final class Answer extends StatefulHandler {
        private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
        private final ByteBuffer request;

        Answer(ByteBuffer request) {
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
            if (System.out.checkError()) { // it flushes, too
                connection.abort(); // nobody reads any more
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (reason != CloseReason.PEER_CLOSE) {
                System.err.println("AsyncClient: the answer may be incomplete: " + reason);
            }
            exitCode.complete(reason == CloseReason.PEER_CLOSE ? 0 : 1);
        }
    }
    // end snippet
}
