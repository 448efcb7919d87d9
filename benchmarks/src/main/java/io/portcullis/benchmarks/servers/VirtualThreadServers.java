// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.net.ssl.SSLServerSocket;

/** The JDK's blocking sockets with a virtual thread for each connection, all on one carrier. */
final class VirtualThreadServers {
    private static final int FIRST_VERSION = 21;
    private static final int READ_BYTES = 1024;
    private static final int WRITE_BYTES = 1024;

    private VirtualThreadServers() {}

    static List<JvmContestant> contestants() {
        return List.of(
                contestant("plain", false, "Socket"), contestant("jdk", true, "SSLSocket with the JDK's engine"));
    }

    private static JvmContestant contestant(String engine, boolean secure, String socket) {
        Supplier<String> about = () -> "JDK " + Versions.jdk() + " " + socket + " on virtual threads";
        return new JvmContestant("sslsocket-virtual-" + engine, secure, about, options -> start(options, secure))
                .missing(VirtualThreadServers::missingThreads)
                .options("-Djdk.virtualThreadScheduler.parallelism=1");
    }

    private static Optional<String> missingThreads() {
        int version = Runtime.version().feature();
        return version >= FIRST_VERSION
                ? Optional.empty()
                : Optional.of("virtual threads need JDK " + FIRST_VERSION + ", this is " + version);
    }

    private static RunningServer start(ServeOptions options, boolean secure) throws Exception {
        ServerSocket server =
                secure ? secureSocket(options) : new ServerSocket(options.port(), ServeOptions.BACKLOG, host());
        ExecutorService threads = virtualThreads();
        Thread acceptor = new Thread(() -> accept(server, threads), "acceptor");
        acceptor.setDaemon(true);
        acceptor.start();
        return new Running(server, threads);
    }

    private static ServerSocket secureSocket(ServeOptions options) throws Exception {
        SSLServerSocket socket = (SSLServerSocket) TlsSettings.context(options, null)
                .getServerSocketFactory()
                .createServerSocket(options.port(), ServeOptions.BACKLOG, host());
        socket.setSSLParameters(TlsSettings.parameters());
        return socket;
    }

    private static InetAddress host() {
        return InetAddress.getLoopbackAddress();
    }

    /** Uses reflection, because the code is compiled for a JDK without virtual threads. */
    private static ExecutorService virtualThreads() throws ReflectiveOperationException {
        return (ExecutorService)
                Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    }

    private static void accept(ServerSocket server, ExecutorService threads) {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                threads.execute(() -> serve(socket));
            } catch (IOException failure) {
                if (!server.isClosed()) {
                    System.err.println("sslsocket-virtual: " + failure);
                }
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), WRITE_BYTES);
            byte[] bytes = new byte[READ_BYTES];
            ByteBuffer data = ByteBuffer.wrap(bytes);
            RequestScanner requests = new RequestScanner();
            boolean open = true;
            for (int count = in.read(bytes); count >= 0 && open; count = open ? in.read(bytes) : -1) {
                data.limit(count).position(0);
                open = respond(requests, data, out);
                out.flush();
            }
        } catch (IOException gone) {
            // The client has disconnected, which ends this thread
        }
    }

    private static boolean respond(RequestScanner requests, ByteBuffer data, OutputStream out) throws IOException {
        for (CannedResponse response = requests.next(data); response != null; response = requests.next(data)) {
            out.write(response.bytes());
            if (requests.closes()) {
                return false;
            }
        }
        return true;
    }

    private record Running(ServerSocket server, ExecutorService threads) implements RunningServer {
        @Override
        public int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
            threads.shutdownNow();
        }
    }
}
