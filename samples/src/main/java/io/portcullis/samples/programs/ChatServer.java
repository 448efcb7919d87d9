// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

// snippet: chat
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import io.portcullis.group.ConnectionGroup;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A chat on one port, plain and over TLS. The first line of a connection is its member's name. */
public final class ChatServer extends LineHandler {
    private static final Duration SHUTDOWN = Duration.ofSeconds(5);

    private final ConnectionGroup room;
    private String name = "";

    ChatServer(ConnectionGroup room) {
        super(1024); // the longest line, in bytes
        this.room = room;
    }

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the port; 9010 if there is none
     */
    public static void main(String... arguments) throws IOException, InterruptedException {
        int port = arguments.length == 0 ? 9010 : Integer.parseInt(arguments[0]);
        TlsProfile tls = SelfSignedCertificate.create().serverProfile(); // for development only
        ConnectionGroup room = ConnectionGroup.builder()
                .pendingLimit(256 * 1024) // a member that is further behind is closed
                .build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), Gate.detect(tls))
                        .handler(() -> new ChatServer(room))
                        .idleTimeout(Duration.ofMinutes(30))
                        .start()) {
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(() -> server.drain(SHUTDOWN).join(), "shutdown"));
            System.out.println(
                    "listening chat 127.0.0.1:" + server.addresses().get(0).getPort());
            System.out.println("ready");
            server.awaitClosed();
        }
    }

    @Override
    protected void onLine(Connection connection, String line) {
        if (name.isEmpty()) {
            join(connection, line.strip());
        } else if (line.equals("/quit")) {
            connection.close();
        } else {
            room.writeToOthers(connection, message(name + ": " + line));
        }
    }

    private void join(Connection connection, String chosen) {
        if (chosen.isEmpty()) {
            connection.write("* your name, please\n", UTF_8);
            return;
        }
        name = chosen;
        room.add(connection); // it is removed automatically when the connection has ended
        String protocol = connection.session().map(TlsSession::protocol).orElse("plain TCP");
        room.writeToAll(message("* " + name + " has joined over " + protocol));
    }

    @Override
    public void onDrain(Connection connection) {
        connection.write("* the server is shutting down\n", UTF_8);
        super.onDrain(connection);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (!name.isEmpty()) {
            room.writeToOthers(connection, message("* " + name + " has left"));
        }
    }

    private static ByteBuffer message(String line) {
        return UTF_8.encode(line.replaceAll("\\p{Cc}", " ") + "\n"); // without control characters
    }
}
// end snippet
