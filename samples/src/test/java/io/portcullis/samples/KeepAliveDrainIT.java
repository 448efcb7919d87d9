// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * One of two replicas behind a HAProxy on this machine stops while clients keep their connections. Skipped if HAProxy
 * is not installed.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class KeepAliveDrainIT {
    private static final int CLIENTS = 4;

    @TempDir
    Path directory;

    @BeforeAll
    static void needsHaproxy() {
        Command.assumeInstalled("haproxy");
    }

    @ParameterizedTest
    @CsvSource({"tcp, PLAIN", "tcp, TLS_1_3", "http, PLAIN"})
    @DisplayName("R44 keep-alive clients lose no request when a replica stops, over TCP and through a connection pool")
    void losesNoRequestOfAKeptConnection(String mode, Wire wire) throws Exception {
        try (SampleServer one = replica();
                SampleServer two = replica();
                Haproxy haproxy = Haproxy.start(directory, port -> config(mode, port, one, two));
                KeepAlive clients = new KeepAlive()) {
            InetSocketAddress front = new InetSocketAddress(InetAddress.getLoopbackAddress(), haproxy.port());
            for (int i = 0; i < CLIENTS; i++) {
                clients.start(wire, front);
            }
            clients.awaitAnswers(200);
            CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> stop(one));
            clients.awaitAnswers(200);
            assertEquals(143, exit.get(), "128 + SIGTERM");
            clients.awaitAnswers(200);
            assertEquals(List.of(), clients.finish());
        }
    }

    private static SampleServer replica() throws Exception {
        return SampleServer.start("--plain", "0", "--mixed", "0", "--notice", "1s", "--drain", "3s");
    }

    private static String config(String mode, int port, SampleServer... replicas) {
        StringBuilder config = new StringBuilder(String.join(
                "\n",
                "defaults",
                "  mode " + mode,
                "  timeout connect 5s",
                "  timeout client 20s",
                "  timeout server 20s",
                "  timeout check 5s",
                "listen front",
                "  bind 127.0.0.1:" + port,
                "  balance roundrobin",
                "  option redispatch 1",
                "  option httpchk GET /ready",
                mode.equals("http") ? "  http-reuse always" : "",
                ""));
        for (int i = 0; i < replicas.length; i++) {
            config.append("  server s")
                    .append(i)
                    .append(" 127.0.0.1:")
                    .append(replicas[i].port("mixed"))
                    .append(" check inter 100ms fall 1 rise 1\n");
        }
        return config.toString();
    }

    private static int stop(SampleServer server) {
        try {
            return server.stop();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
