// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.dockerjava.api.model.Capability;
import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.BindMode;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The images of {@code docker/}, built from their Dockerfiles, and their containers.
 *
 * <p>{@code PORTCULLIS_CONTAINERS} specifies whether their tests run: {@code off}, {@code required} (without Docker
 * they fail); otherwise only if Docker is available.
 */
final class Containers {
    /** The port of the sample server in its container. */
    static final int PLAIN_PORT = 8080;

    /** The port that serves both plain and TLS. */
    static final int MIXED_PORT = 9000;

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String JAR = "samples/target/portcullis-samples.jar";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Containers() {}

    /** Built once for all tests of a process. */
    private static final class ServerImage {
        static final String NAME = new ImageFromDockerfile("portcullis-server", false)
                .withFileFromPath("Dockerfile", ROOT.resolve("docker/server/Dockerfile"))
                .withFileFromPath(JAR, ROOT.resolve(JAR))
                .get();

        private ServerImage() {}
    }

    /** Skips the test if Docker is not available, or if container tests are off. */
    static void assumeDocker() {
        String wanted = Objects.requireNonNullElse(System.getenv("PORTCULLIS_CONTAINERS"), "auto");
        assumeTrue(!wanted.equals("off"), "containers are not tested: PORTCULLIS_CONTAINERS=off");
        boolean available = DockerClientFactory.instance().isDockerAvailable();
        if (wanted.equals("required") && !available) {
            throw new AssertionError("PORTCULLIS_CONTAINERS=required, but Docker does not respond: start dockerd");
        }
        assumeTrue(available, "containers are not tested: Docker does not respond");
    }

    /** A sample server as intended for production: read-only root file system, no capabilities. */
    static GenericContainer<?> server(String... arguments) {
        GenericContainer<?> container = new GenericContainer<>(ServerImage.NAME)
                .withExposedPorts(PLAIN_PORT, 8443, MIXED_PORT, 9001)
                .withTmpFs(Map.of("/tmp", "rw"))
                .withCreateContainerCmdModifier(settings -> Objects.requireNonNull(settings.getHostConfig())
                        .withReadonlyRootfs(true)
                        .withCapDrop(Capability.ALL)
                        .withSecurityOpts(List.of("no-new-privileges")))
                .waitingFor(Wait.forLogMessage("ready\\n", 1).withStartupTimeout(PATIENCE));
        if (arguments.length > 0) {
            container.withCommand(arguments);
        }
        return container;
    }

    /** A sample server with the certificate of the given directory, listening on all addresses. */
    static GenericContainer<?> serverWith(Path certificates, String... arguments) {
        String[] all = Stream.concat(
                        Stream.of(
                                "serve",
                                "--host",
                                "0.0.0.0",
                                "--plain",
                                "8080",
                                "--tls",
                                "8443",
                                "--mixed",
                                "9000",
                                "--echo",
                                "9001",
                                "--cert",
                                "/certificates/tls.crt",
                                "--key",
                                "/certificates/tls.key"),
                        Stream.of(arguments))
                .toArray(String[]::new);
        return server(all).withFileSystemBind(certificates.toString(), "/certificates", BindMode.READ_ONLY);
    }

    /** A container of the peers' image on the given network. */
    static GenericContainer<?> peers(Network network, Path certificates) {
        Path directory = ROOT.resolve("docker/peers");
        ImageFromDockerfile image = new ImageFromDockerfile("portcullis-peers", false);
        for (String file :
                List.of("Dockerfile", "certificate", "load", "start", "nginx.conf", "haproxy.cfg", "stunnel.conf")) {
            image.withFileFromPath(file, directory.resolve(file));
        }
        return new GenericContainer<>(image.get())
                .withNetwork(network)
                .withFileSystemBind(certificates.toString(), "/certificates", BindMode.READ_ONLY);
    }

    /** A file of {@code docker/}. */
    static Path file(String name) {
        return ROOT.resolve("docker").resolve(name);
    }

    /** Returns the address of a container's port on this machine. */
    static InetSocketAddress address(GenericContainer<?> container, int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), container.getMappedPort(port));
    }

    /** Writes a new certificate as a mounted secret would contain it, readable by all users. */
    static SelfSignedCertificate write(Path directory, SelfSignedCertificate certificate) throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        String key = Pem.of("PRIVATE KEY", certificate.key().getEncoded());
        String chain;
        try {
            chain = Pem.of("CERTIFICATE", certificate.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException(e);
        }
        put(directory, "tls.key", key);
        put(directory, "tls.crt", chain);
        put(directory, "both.pem", key + chain);
        return certificate;
    }

    private static void put(Path directory, String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve(name), text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    }

    /** Runs a shell command in a container and returns its output; fails if the exit code is not 0. */
    static String shell(GenericContainer<?> container, String line) throws IOException, InterruptedException {
        ExecResult result = container.execInContainer("bash", "-c", line);
        if (result.getExitCode() != 0) {
            throw new AssertionError(line + " ended with " + result.getExitCode() + "\n" + result.getStdout()
                    + result.getStderr() + container.getLogs());
        }
        return result.getStdout();
    }
}
