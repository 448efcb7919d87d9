// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/** A HAProxy process on this machine. */
final class Haproxy implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 20;

    private final Process process;
    private final List<Integer> ports;

    private Haproxy(Process process, List<Integer> ports) {
        this.process = process;
        this.ports = ports;
    }

    /**
     * Starts HAProxy in front of one server, with a listener for each form of the PROXY header, and waits until it
     * listens.
     *
     * @param server the port of the server behind it
     * @param certificate for the listener that ends TLS
     */
    static Haproxy start(Path directory, int server, SelfSignedCertificate certificate) throws Exception {
        Path pem = directory.resolve("haproxy.pem");
        Files.writeString(
                pem,
                pem("PRIVATE KEY", certificate.key().getEncoded())
                        + pem("CERTIFICATE", certificate.certificate().getEncoded()));
        List<Integer> ports = freePorts();
        return launch(directory, ports, config(ports, server, pem));
    }

    /**
     * Starts HAProxy with a custom configuration, and waits until it listens.
     *
     * @param config returns the configuration, given a free port to listen on
     */
    static Haproxy start(Path directory, IntFunction<String> config) throws Exception {
        List<Integer> ports = freePorts().subList(0, 1);
        return launch(directory, ports, config.apply(ports.get(0)));
    }

    private static Haproxy launch(Path directory, List<Integer> ports, String text) throws Exception {
        Path config = Files.writeString(directory.resolve("haproxy.cfg"), text);
        Process process = new ProcessBuilder("haproxy", "-db", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("haproxy.log").toFile())
                .start();
        Haproxy haproxy = new Haproxy(process, ports);
        try {
            haproxy.awaitListener(directory);
        } catch (IOException | InterruptedException | AssertionError failure) {
            haproxy.close();
            throw failure;
        }
        return haproxy;
    }

    private static String config(List<Integer> ports, int server, Path pem) {
        String behind = "  server s 127.0.0.1:" + server + " ";
        return String.join(
                "\n",
                "defaults",
                "  mode tcp",
                "  timeout connect 5s",
                "  timeout client 20s",
                "  timeout server 20s",
                "listen v1",
                "  bind 127.0.0.1:" + ports.get(0),
                behind + "send-proxy",
                "listen v2",
                "  bind 127.0.0.1:" + ports.get(1),
                behind + "send-proxy-v2 proxy-v2-options crc32c check inter 100ms",
                "listen v2ssl",
                "  bind 127.0.0.1:" + ports.get(2) + " ssl crt " + pem + " alpn http/1.1",
                behind + "send-proxy-v2-ssl proxy-v2-options authority,crc32c,ssl,ssl-cipher",
                "");
    }

    /** Returns the port of the only listener. */
    int port() {
        return ports.get(0);
    }

    /**
     * Returns the port of the listener that sends version 1; below: version 2, and version 2 with the TLS session's
     * properties.
     */
    int v1() {
        return ports.get(0);
    }

    int v2() {
        return ports.get(1);
    }

    int v2Ssl() {
        return ports.get(2);
    }

    private void awaitListener(Path directory) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!listens()) {
            if (process.waitFor(50, TimeUnit.MILLISECONDS) || System.nanoTime() - end > 0) {
                throw new AssertionError(
                        "HAProxy does not listen: " + Files.readString(directory.resolve("haproxy.log")));
            }
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(ports.size() - 1)));
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private static List<Integer> freePorts() throws IOException {
        try (ServerSocket one = new ServerSocket(0);
                ServerSocket two = new ServerSocket(0);
                ServerSocket three = new ServerSocket(0)) {
            return List.of(one.getLocalPort(), two.getLocalPort(), three.getLocalPort());
        }
    }

    private static String pem(String kind, byte[] der) {
        return "-----BEGIN " + kind + "-----\n"
                + Base64.getMimeEncoder(64, "\n".getBytes(US_ASCII)).encodeToString(der) + "\n-----END " + kind
                + "-----\n";
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
