// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.dockerjava.api.command.InspectContainerResponse;
import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;

/** The image of the sample server, run as intended for production. Skipped if Docker is not available. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class ServerImageIT {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(40);
    private static final int SIGTERM = 128 + 15;

    @BeforeAll
    static void needsDocker() {
        Containers.assumeDocker();
    }

    @Test
    @DisplayName("the image serves plain and TLS on one port, and runs as an arbitrary unprivileged user")
    void servesAsAnUnprivilegedUser() throws IOException {
        try (GenericContainer<?> server = Containers.server()) {
            server.start();
            InetSocketAddress mixed = Containers.address(server, Containers.MIXED_PORT);
            assertEquals("ok\n", health(Wire.PLAIN, mixed));
            assertEquals("ok\n", health(Wire.TLS_1_2, mixed));
            assertEquals("ok\n", health(Wire.TLS_1_3, mixed));
            InspectContainerResponse facts = server.getContainerInfo();
            assertEquals("10001:10001", facts.getConfig().getUser());
            assertTrue(Objects.requireNonNull(facts.getHostConfig().getReadonlyRootfs()));
        }
    }

    @Test
    @DisplayName(
            "A health check in a JVM of its own would kill a small container: the check uses HTTP, and 96 MB suffice")
    void livesInLittleMemoryWhileItIsProbed() throws IOException {
        try (GenericContainer<?> server = Containers.server("serve", "--host", "0.0.0.0", "--mixed", "9000")) {
            server.withExposedPorts(Containers.MIXED_PORT);
            server.withCreateContainerCmdModifier(settings -> Objects.requireNonNull(settings.getHostConfig())
                    .withMemory(96L << 20)
                    .withMemorySwap(96L << 20));
            server.start();
            InetSocketAddress mixed = Containers.address(server, Containers.MIXED_PORT);
            for (int i = 0; i < 200; i++) {
                assertEquals("ok\n", health(i % 10 == 0 ? Wire.TLS_1_3 : Wire.PLAIN, mixed));
            }
            assertNull(server.getContainerInfo().getConfig().getHealthcheck(), "no check runs inside the container");
            assertFalse(Objects.requireNonNull(
                    server.getCurrentContainerInfo().getState().getOOMKilled()));
        }
    }

    @Test
    @DisplayName("A native library on a noexec file system is reported with a remedy, not as a class path error")
    void reportsWhyANativeEngineCannotBeLoaded() {
        try (GenericContainer<?> server =
                Containers.server("serve", "--host", "0.0.0.0", "--mixed", "9000", "--engine", "boringssl")) {
            server.waitingFor(Wait.forLogMessage(".*noexec.*--tmpfs /tmp:exec.*", 1))
                    .start();
            assertFalse(server.getLogs().contains("class path"), server.getLogs());
        }
    }

    @Test
    void aNativeEngineServesWhereItsLibraryMayBeExecuted() throws IOException {
        try (GenericContainer<?> server =
                Containers.server("serve", "--host", "0.0.0.0", "--mixed", "9000", "--engine", "boringssl")) {
            server.withExposedPorts(Containers.MIXED_PORT)
                    .withTmpFs(Map.of("/tmp", "rw,exec"))
                    .start();
            assertEquals("ok\n", health(Wire.TLS_1_3, Containers.address(server, Containers.MIXED_PORT)));
        }
    }

    @Test
    @DisplayName("R30 a container that is stopped finishes its responses byte for byte, and then exits")
    void losesNoRequestWhenStopped() throws Exception {
        int clients = 6;
        int length = 24 << 20;
        try (GenericContainer<?> server = Containers.server(
                "serve", "--host", "0.0.0.0", "--plain", "8080", "--mixed", "9000", "--drain", "30s")) {
            server.start();
            InetSocketAddress mixed = Containers.address(server, Containers.MIXED_PORT);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                Socket socket = (i % 2 == 0 ? Wire.PLAIN : Wire.TLS_1_3).connect(mixed);
                sockets.add(socket);
                ask(socket, "/bytes/" + length);
                skipHead(socket.getInputStream());
            }
            CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> server.getDockerClient()
                    .stopContainerCmd(server.getContainerId())
                    .withTimeout(40)
                    .exec());
            await("new connections to be refused", () -> refuses(mixed));
            for (Socket socket : sockets) {
                assertEquals(length, count(socket.getInputStream()));
                socket.close();
            }
            stopping.get(60, TimeUnit.SECONDS);
            Long exit = server.getCurrentContainerInfo().getState().getExitCodeLong();
            assertEquals(SIGTERM, exit, server.getLogs());
            assertTrue(server.getLogs().contains("stopped"), server.getLogs());
        }
    }

    @Test
    @DisplayName("R32 a certificate renewed in the mounted directory is presented without restart or failed handshake")
    void renewsFromTheMount(@TempDir Path certificates) throws Exception {
        Containers.write(certificates, SelfSignedCertificate.create());
        try (GenericContainer<?> server = Containers.serverWith(certificates, "--reload-every", "200ms")) {
            server.start();
            InetSocketAddress mixed = Containers.address(server, Containers.MIXED_PORT);
            try (Socket before = Wire.TLS_1_3.connect(mixed)) {
                Certificate renewed = Containers.write(certificates, SelfSignedCertificate.create())
                        .certificate();
                await("the new certificate", () -> presents(mixed, renewed));
                assertEquals("ok\n", health(before));
            }
        }
    }

    private static boolean presents(InetSocketAddress address, Certificate expected) {
        try (SSLSocket socket = (SSLSocket) Wire.TLS_1_3.connect(address)) {
            return socket.getSession().getPeerCertificates()[0].equals(expected);
        } catch (IOException e) {
            throw new AssertionError("a handshake failed during the renewal", e);
        }
    }

    /** Docker's proxy still accepts connections for a container that no longer listens, and then closes them. */
    private static boolean refuses(InetSocketAddress address) {
        try {
            return !health(Wire.PLAIN, address).equals("ok\n");
        } catch (IOException refused) {
            return true;
        }
    }

    private static void await(String what, BooleanSupplier condition) {
        long begin = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - begin > PATIENCE) {
                throw new AssertionError("timed out waiting for " + what);
            }
        }
    }

    private static String health(Wire wire, InetSocketAddress address) throws IOException {
        try (Socket socket = wire.connect(address)) {
            return health(socket);
        }
    }

    private static String health(Socket socket) throws IOException {
        ask(socket, "/health");
        InputStream in = socket.getInputStream();
        skipHead(in);
        return new String(in.readAllBytes(), US_ASCII);
    }

    private static void ask(Socket socket, String path) throws IOException {
        socket.getOutputStream()
                .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        .getBytes(US_ASCII));
    }

    private static void skipHead(InputStream in) throws IOException {
        int matched = 0;
        while (matched < 4) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("the connection ended within the head");
            }
            matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
        }
    }

    private static long count(InputStream in) throws IOException {
        byte[] piece = new byte[64 * 1024];
        long total = 0;
        for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
            total += length;
        }
        return total;
    }
}
