// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

// snippet: LINES
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Sends back each line with its number; the line "bye" ends the connection. */
public final class FirstLines extends LineHandler {
    private int lines;

    FirstLines() {
        super(8192); // the longest line, in bytes
    }

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
                .handler(FirstLines::new) // a new handler for each connection
                .start();
    }

    @Override
    protected void onLine(Connection connection, String line) {
        lines++;
        connection.write(lines + ": " + line + "\n", UTF_8);
        if (line.equals("bye")) {
            connection.close(); // after everything written has been sent
        }
    }
}
// end snippet
