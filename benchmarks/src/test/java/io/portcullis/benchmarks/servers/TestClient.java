// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.benchmarks.Certificates;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Locale;
import java.util.Objects;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** One connection of a minimal HTTP client, plain or with the JDK's TLS. */
final class TestClient implements Closeable {
    static final String SMALL = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static final String LARGE = "GET /1m HTTP/1.1\r\nHost: localhost\r\n\r\n";
    static final String LAST = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    static final String ELSEWHERE = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private static final int TIMEOUT_MILLIS = 20_000;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    /** A response. */
    record Response(int status, String body) {}

    private TestClient(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** Returns a context that trusts the certificate, and caches sessions for resumption. */
    static SSLContext trusting(Certificates.Pair pair) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", pair.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    static TestClient connect(int port, SocketFactory sockets) throws IOException {
        return new TestClient(sockets.createSocket(InetAddress.getLoopbackAddress(), port));
    }

    static TestClient connect(int port, SSLContext context, String protocol) throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        socket.setEnabledProtocols(new String[] {protocol});
        socket.setEnabledCipherSuites(TlsSettings.SUITES.toArray(String[]::new));
        return new TestClient(socket);
    }

    SSLSession session() {
        return ((SSLSocket) socket).getSession();
    }

    void send(String text) throws IOException {
        out.write(text.getBytes(US_ASCII));
        out.flush();
    }

    Response ask(String request) throws IOException {
        send(request);
        return receive();
    }

    Response receive() throws IOException {
        int status = Integer.parseInt(line().split(" ")[1]);
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("content-length:")) {
                length =
                        Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
            }
        }
        byte[] body = in.readNBytes(length);
        if (body.length < length) {
            throw new EOFException("the body ended after " + body.length + " bytes of " + length);
        }
        return new Response(status, new String(body, US_ASCII));
    }

    boolean hasEnded() throws IOException {
        return in.read() < 0;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the response ended within its head: " + line);
            }
            line.write(b);
        }
        return Objects.requireNonNull(line.toString(US_ASCII)).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
