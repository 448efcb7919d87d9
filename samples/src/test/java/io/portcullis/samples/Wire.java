// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The protocols of a raw client on the JDK's sockets: plain or one TLS version. */
enum Wire {
    PLAIN(""),
    TLS_1_2("TLSv1.2"),
    TLS_1_3("TLSv1.3");

    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 60_000;

    private final String protocol;

    Wire(String protocol) {
        this.protocol = protocol;
    }

    /** Connects; over TLS, the handshake is complete on return. A read that blocks for a minute fails. */
    Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket();
        try {
            socket.connect(address, CONNECT_MILLIS);
            socket.setSoTimeout(READ_MILLIS);
            socket.setTcpNoDelay(true);
            return this == PLAIN ? socket : secure(socket);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private Socket secure(Socket socket) throws IOException {
        return secure(socket, protocol);
    }

    /** Upgrades a connection to TLS after both sides have agreed on that; the handshake is complete on return. */
    static Socket upgraded(Socket plain) throws IOException {
        return secure(plain, TLS_1_2.protocol, TLS_1_3.protocol);
    }

    private static Socket secure(Socket socket, String... protocols) throws IOException {
        SSLSocket secured =
                (SSLSocket) trustingAll().getSocketFactory().createSocket(socket, "localhost", socket.getPort(), true);
        secured.setEnabledProtocols(protocols);
        secured.startHandshake();
        return secured;
    }

    /** Returns a context for clients that accept any certificate; hostname verification still applies if requested. */
    static SSLContext trustingAll(KeyManager... presenting) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(presenting, new TrustManager[] {new TrustingAll()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static final class TrustingAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
