// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ServerSocketFactory;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** The smallest server that the comparison can measure: one thread per connection. It is started as a process. */
final class SmallServer {
    private static final int BACKLOG = 512;

    private SmallServer() {}

    /** Arguments: the port, {@code tls} or {@code plain}, the files of the certificate and the key. */
    public static void main(String[] arguments) throws Exception {
        boolean secure = arguments[1].equals("tls");
        ServerSocketFactory factory = secure
                ? context(Path.of(arguments[2]), Path.of(arguments[3])).getServerSocketFactory()
                : ServerSocketFactory.getDefault();
        ServerSocket server =
                factory.createServerSocket(Integer.parseInt(arguments[0]), BACKLOG, InetAddress.getLoopbackAddress());
        if (server instanceof SSLServerSocket tls) {
            tls.setEnabledProtocols(new String[] {"TLSv1.3"});
            tls.setEnabledCipherSuites(new String[] {"TLS_AES_128_GCM_SHA256"});
        }
        Thread accepting = new Thread(() -> accept(server));
        accepting.setDaemon(true);
        accepting.start();
        for (int next = System.in.read(); next >= 0; next = System.in.read()) {
            if (next == '\n') {
                System.gc();
                Runtime runtime = Runtime.getRuntime();
                System.out.println(
                        "{\"heapUsed\": " + (runtime.totalMemory() - runtime.freeMemory()) + ", \"direct\": 0}");
            }
        }
    }

    private static void accept(ServerSocket server) {
        while (true) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                Thread thread = new Thread(() -> serve(socket));
                thread.setDaemon(true);
                thread.start();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            StringBuilder request = new StringBuilder();
            for (int next = in.read(); next >= 0; next = in.read()) {
                request.append((char) next);
                if (request.length() >= 4
                        && request.substring(request.length() - 4).equals("\r\n\r\n")) {
                    out.write(response(request.toString().startsWith("GET /1m ") ? 1 << 20 : 128));
                    request.setLength(0);
                }
            }
        } catch (IOException e) {
            return; // The client may disconnect at any time.
        }
    }

    private static byte[] response(int length) {
        byte[] head = ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[head.length + length];
        System.arraycopy(head, 0, all, 0, head.length);
        return all;
    }

    private static SSLContext context(Path certificateFile, Path keyFile) throws IOException, GeneralSecurityException {
        Certificate certificate;
        try (InputStream in = Files.newInputStream(certificateFile)) {
            certificate = CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        String pem = Files.readString(keyFile).replaceAll("-----.*-----|\\s", "");
        PrivateKey key = KeyFactory.getInstance(certificate.getPublicKey().getAlgorithm())
                .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem)));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", key, new char[0], new Certificate[] {certificate});
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }
}
