// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** Requests from a JDK client to a sample server. */
final class Fetch {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;

    private Fetch() {}

    /** Connects; the handshake is complete on return. Sends a server name and ALPN protocols, if given. */
    static SSLSocket secured(
            SSLContext context, InetSocketAddress address, @Nullable String name, String... applicationProtocols)
            throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket();
        try {
            SSLParameters parameters = socket.getSSLParameters();
            List<SNIServerName> names =
                    Stream.ofNullable(name).<SNIServerName>map(SNIHostName::new).toList();
            parameters.setServerNames(names);
            parameters.setApplicationProtocols(applicationProtocols);
            socket.setSSLParameters(parameters);
            socket.connect(address, CONNECT_MILLIS);
            socket.setSoTimeout(READ_MILLIS);
            socket.startHandshake();
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Returns the subject of the server's certificate. */
    static String subject(SSLSocket socket) throws IOException {
        X509Certificate certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
        return certificate.getSubjectX500Principal().getName().replaceAll(",.*", "");
    }

    /**
     * Sends a request with a further header field, and reads the body of the response up to the end of the connection.
     */
    static String page(Socket socket, String field) throws IOException {
        socket.getOutputStream()
                .write(("GET / HTTP/1.1\r\nHost: example\r\n" + field + "Connection: close\r\n\r\n")
                        .getBytes(US_ASCII));
        String response = new String(socket.getInputStream().readAllBytes(), UTF_8);
        return response.startsWith("HTTP/1.1 200 OK\r\n")
                ? response.substring(response.indexOf("\r\n\r\n") + 4)
                : "no response";
    }

    static String page(Socket socket) throws IOException {
        return page(socket, "");
    }

    /** Reads one line, and not a byte beyond it. */
    static String line(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        int next = socket.getInputStream().read();
        while (next != '\n') {
            if (next < 0) {
                throw new IOException("the connection ended within: " + line);
            }
            line.append((char) next);
            next = socket.getInputStream().read();
        }
        return line.toString().stripTrailing();
    }

    /** Reads until the connection has ended in any way. */
    static String rest(Socket socket) throws IOException {
        StringBuilder rest = new StringBuilder();
        try {
            int next = socket.getInputStream().read();
            while (next >= 0) {
                rest.append((char) next);
                next = socket.getInputStream().read();
            }
        } catch (SocketException reset) {
            return rest.toString();
        }
        return rest.toString();
    }
}
