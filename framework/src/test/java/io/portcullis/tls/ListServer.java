// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Serves a certificate revocation list over HTTP, on the loopback interface. */
final class ListServer implements AutoCloseable {
    private final ServerSocket socket;
    private volatile byte[] list = {};

    ListServer() throws IOException {
        socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(this::run, "list server");
        thread.setDaemon(true);
        thread.start();
    }

    String address() {
        return "http://127.0.0.1:" + socket.getLocalPort() + "/list.crl";
    }

    void serve(byte[] crl) {
        list = crl;
    }

    private void run() {
        while (!socket.isClosed()) {
            try (Socket peer = socket.accept()) {
                awaitEndOfRequest(peer.getInputStream());
                byte[] now = list;
                OutputStream out = peer.getOutputStream();
                out.write(("HTTP/1.1 200 OK\r\nContent-Type: application/pkix-crl\r\nContent-Length: " + now.length
                                + "\r\nConnection: close\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
                out.write(now);
            } catch (IOException closed) {
                // The next one, if there is one
            }
        }
    }

    private static void awaitEndOfRequest(InputStream in) throws IOException {
        int ends = 0;
        while (ends < 2) {
            int next = in.read();
            if (next < 0) {
                return;
            }
            ends = next == '\n' ? ends + 1 : next == '\r' ? ends : 0;
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
