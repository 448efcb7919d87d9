// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.Idle;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets of the page on timeouts, at work. */
@Timeout(60)
class TimeoutsGuideTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final Duration LONG = Duration.ofMinutes(10);

    private interface Talk {
        void with(Socket socket, BufferedReader lines) throws IOException;
    }

    private static void serve(Supplier<? extends ConnectionHandler> handler, Talk talk) throws IOException {
        try (Dispatcher dispatcher = Dispatcher.create();
                // snippet: SETTINGS
                Server server = Server.builder(dispatcher)
                        .listen(ADDRESS, Gate.plain())
                        .handler(handler)
                        .handshakeTimeout(Duration.ofSeconds(10))
                        .idleTimeout(Duration.ofSeconds(60))
                        .writeTimeout(Duration.ofSeconds(30))
                        .closeTimeout(Duration.ofSeconds(3))
                        .start();
                // end snippet
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(0).getPort())) {
            socket.setSoTimeout(20_000);
            talk.with(socket, new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)));
        }
    }

    // snippet: HEARTBEAT
    static final class Heartbeat extends LineHandler {
        private final Duration interval;
        private final Duration silence;

        Heartbeat(Duration interval, Duration silence) {
            super(512);
            this.interval = interval;
            this.silence = silence;
        }

        @Override
        public void onOpen(Connection connection) {
            connection.writeIdleTimeout(interval); // nothing sent for this long: send PING
            connection.readIdleTimeout(silence); // nothing received for this long: the peer is gone
        }

        @Override
        public boolean onIdle(Connection connection, Idle idle) {
            return idle == Idle.WRITE && connection.write("PING\n", UTF_8); // false closes with IDLE_TIMEOUT
        }

        @Override
        protected void onLine(Connection connection, String line) {
            if (line.equals("PING")) {
                connection.write("PONG\n", UTF_8);
            }
        }
    }
    // end snippet

    // snippet: LOGIN
    static final class Login extends LineHandler {
        private final Duration loginTimeout;
        private final Duration sessionTimeout;
        private CompletableFuture<Void> deadline = CompletableFuture.completedFuture(null);

        Login(Duration loginTimeout, Duration sessionTimeout) {
            super(512);
            this.loginTimeout = loginTimeout;
            this.sessionTimeout = sessionTimeout;
        }

        @Override
        public void onOpen(Connection connection) {
            deadline = connection.schedule(loginTimeout, () -> {
                connection.write("login timeout\n", UTF_8);
                connection.close();
            });
        }

        @Override
        protected void onLine(Connection connection, String line) {
            if (line.startsWith("LOGIN ")) {
                deadline.cancel(false); // in the connection's turn: the task cannot run anymore
                connection.handler(new Session(sessionTimeout)); // following lines go to the session
            } else {
                connection.write("LOGIN first\n", UTF_8);
            }
        }
    }
    // end snippet

    // snippet: SESSION
    static final class Session extends LineHandler {
        private final Duration timeout;

        Session(Duration timeout) {
            super(512);
            this.timeout = timeout;
        }

        @Override
        public void onOpen(Connection connection) {
            connection.write("welcome\n", UTF_8);
            var unused = connection.schedule(
                    timeout,
                    () -> { // whatever the peer does meanwhile
                        connection.write("session timeout\n", UTF_8);
                        connection.close();
                    });
        }

        @Override
        protected void onLine(Connection connection, String line) {
            connection.write(line + "\n", UTF_8);
        }
    }
    // end snippet

    // snippet: CLOCK
    static final class Clock implements ConnectionHandler {
        private final Duration interval;

        Clock(Duration interval) {
            this.interval = interval;
        }

        @Override
        public void onOpen(Connection connection) {
            tick(connection);
        }

        private void tick(Connection connection) {
            if (connection.writable()) { // a peer that does not read misses ticks
                connection.write("tick\n", UTF_8);
            }
            var unused = connection.schedule(interval, () -> tick(connection));
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit()); // ignored
        }
    }
    // end snippet

    @Test
    void aHeartbeatIsSentWhenNothingElseIs() throws Exception {
        serve(() -> new Heartbeat(SHORT, LONG), (socket, lines) -> {
            assertEquals("PING", lines.readLine());
            assertEquals("PING", lines.readLine());
        });
    }

    @Test
    void aSilentPeerIsClosed() throws Exception {
        serve(() -> new Heartbeat(LONG, SHORT), (socket, lines) -> assertEquals(-1, lines.read()));
    }

    @Test
    void aLoginIsAwaitedForALimitedTime() throws Exception {
        serve(() -> new Login(SHORT, LONG), (socket, lines) -> {
            assertEquals("login timeout", lines.readLine());
            assertEquals(-1, lines.read());
        });
    }

    @Test
    void aSessionFollowsTheLoginAndEnds() throws Exception {
        serve(() -> new Login(LONG, Duration.ofMillis(500)), (socket, lines) -> {
            socket.getOutputStream().write("hello\nLOGIN ada\nfirst line\n".getBytes(UTF_8));
            assertEquals("LOGIN first", lines.readLine());
            assertEquals("welcome", lines.readLine());
            assertEquals("first line", lines.readLine());
            assertEquals("session timeout", lines.readLine());
            assertEquals(-1, lines.read());
        });
    }

    @Test
    void aClockTicks() throws Exception {
        serve(() -> new Clock(SHORT), (socket, lines) -> {
            socket.getOutputStream().write(42);
            assertEquals("tick", lines.readLine());
            assertEquals("tick", lines.readLine());
        });
    }
}
