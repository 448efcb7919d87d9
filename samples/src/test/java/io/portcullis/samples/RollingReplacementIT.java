// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;

/** One of two replicas is replaced under load, behind the HAProxy of {@code docker/compose.yaml}. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class RollingReplacementIT {
    private static final int RUNTIME_API = 9999;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    Path certificates;

    @BeforeAll
    static void needsDocker() {
        Containers.assumeDocker();
    }

    @Test
    @DisplayName("R30, R44 a replica behind HAProxy is replaced without a lost request over keep-alive connections")
    void losesNothing() throws Exception {
        Containers.write(certificates, SelfSignedCertificate.create());
        try (Network network = Network.newNetwork();
                GenericContainer<?> one = replica(network, "one");
                GenericContainer<?> two = replica(network, "two");
                GenericContainer<?> haproxy = haproxy(network);
                KeepAlive clients = new KeepAlive()) {
            one.start();
            two.start();
            haproxy.start();
            awaitState(haproxy, "one", "UP");
            awaitState(haproxy, "two", "UP");
            for (Wire wire : List.of(Wire.PLAIN, Wire.TLS_1_3, Wire.PLAIN, Wire.TLS_1_3)) {
                clients.start(wire, Containers.address(haproxy, Containers.MIXED_PORT));
            }
            clients.awaitAnswers(200);
            stop(one);
            clients.awaitAnnouncedCloses(2);
            clients.awaitAnswers(200);
            try (GenericContainer<?> replacement = replica(network, "one")) {
                replacement.start();
                awaitState(haproxy, "one", "UP");
                long before = served(haproxy, "one");
                clients.start(Wire.PLAIN, Containers.address(haproxy, Containers.MIXED_PORT));
                clients.start(Wire.TLS_1_3, Containers.address(haproxy, Containers.MIXED_PORT));
                clients.awaitAnswers(200);
                assertEquals(List.of(), clients.finish());
                assertTrue(served(haproxy, "one") > before, "the replacement has served no connection");
            }
        }
    }

    private GenericContainer<?> replica(Network network, String name) {
        return Containers.serverWith(certificates, "--behind-proxy", "0.0.0.0/0", "--notice", "3s")
                .withNetwork(network)
                .withNetworkAliases(name);
    }

    private GenericContainer<?> haproxy(Network network) {
        return Containers.peers(network, certificates)
                .withFileSystemBind(
                        Containers.file("haproxy/haproxy.cfg").toString(), "/etc/portcullis.cfg", BindMode.READ_ONLY)
                .withCommand("haproxy", "-db", "-f", "/etc/portcullis.cfg")
                .withExposedPorts(Containers.MIXED_PORT, RUNTIME_API)
                .waitingFor(Wait.forListeningPorts(RUNTIME_API));
    }

    private static void stop(GenericContainer<?> container) {
        container
                .getDockerClient()
                .stopContainerCmd(container.getContainerId())
                .withTimeout(20)
                .exec();
    }

    private static void awaitState(GenericContainer<?> haproxy, String replica, String state) throws IOException {
        long end = System.nanoTime() + PATIENCE;
        while (!statistic(haproxy, replica, 17).equals(state)) {
            if (System.nanoTime() > end) {
                throw new AssertionError(replica + " is not " + state + ": " + runtime(haproxy, "show stat"));
            }
        }
    }

    private static long served(GenericContainer<?> haproxy, String replica) throws IOException {
        return Long.parseLong(statistic(haproxy, replica, 7));
    }

    /** Returns a column of HAProxy's statistics: 7 is the total number of connections, 17 the state. */
    private static String statistic(GenericContainer<?> haproxy, String replica, int column) throws IOException {
        return runtime(haproxy, "show stat")
                .lines()
                .filter(line -> line.startsWith("portcullis," + replica + ","))
                .map(line -> line.split(",", -1)[column])
                .findFirst()
                .orElseThrow();
    }

    private static String runtime(GenericContainer<?> haproxy, String command) throws IOException {
        try (Socket socket = Wire.PLAIN.connect(Containers.address(haproxy, RUNTIME_API))) {
            socket.getOutputStream().write((command + "\n").getBytes(US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), US_ASCII);
        }
    }
}
