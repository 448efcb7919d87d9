// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

// snippet: CLIENT
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends one line and receives one line. */
public final class FirstClient extends LineHandler {
    private final String request;
    private final CompletableFuture<String> response = new CompletableFuture<>();

    FirstClient(String request) {
        super(8192);
        this.request = request;
    }

    public static void main(String... arguments) throws IOException {
        TlsProfile tls = TlsProfile.builder().trust(Path.of("server.pem")).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = Client.builder(dispatcher).tls(tls).build()) {
            System.out.println(ask(client, "localhost", 9001, "hello").join()); // only a thread of your own may wait
        }
    }

    static CompletableFuture<String> ask(Client client, String host, int port, String request) {
        FirstClient handler = new FirstClient(request);
        var unused = client.connect(host, port, handler).whenComplete((connection, failure) -> {
            if (failure != null) {
                handler.response.completeExceptionally(failure); // a ConnectFailedException
            }
        });
        return handler.response;
    }

    @Override
    public void onOpen(Connection connection) {
        connection.write(request + "\n", UTF_8);
    }

    @Override
    protected void onLine(Connection connection, String line) {
        response.complete(line);
        connection.close();
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        response.completeExceptionally(new IOException("no response: " + reason, cause)); // no effect after complete
    }
}
// end snippet
