// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.tls.TlsEngines;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.net.IDN;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The command-line options that the clients share: whether to use TLS, and which servers to trust. */
final class ClientOptions {
    private static final Pattern PATH = Pattern.compile("/[!-~]*");

    @Option(names = "--plain", description = "Connects without TLS.")
    boolean plain;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "Trusts servers whose certificate is in this file (PEM), or issued by one in it. "
                    + "Default: the certificates that the JDK trusts.")
    @Nullable
    Path trusted;

    @Option(
            names = "--trust-anybody",
            description = "Trusts any server without verification, including a man in the middle. For tests only.")
    boolean anybody;

    @Option(names = "--engine", paramLabel = "NAME", description = "The TLS engine, such as boringssl. Default: jdk.")
    String engine = TlsEngines.DEFAULT;

    private @Nullable X509Certificate known;

    /** Returns the builder of a client configured by the options. */
    Client.Builder client(Dispatcher dispatcher, String... applicationProtocols) {
        Client.Builder client = Client.builder(dispatcher);
        return plain ? client : client.tls(tls().alpn(applicationProtocols).build());
    }

    private TlsProfileBuilder tls() {
        // A client of a single server needs few sessions: each is used for one connection only.
        TlsProfileBuilder tls = TlsProfile.builder().sessionCache(256, Duration.ofHours(1));
        if (anybody) {
            return tls.sslContext(believingAnybody()).disableHostnameVerification();
        }
        tls.engine(engine);
        if (known != null) {
            tls.trust(known);
        }
        return trusted != null ? tls.trust(trusted) : tls;
    }

    /** Trusts this certificate in addition to those of the options. */
    void trust(X509Certificate certificate) {
        known = certificate;
    }

    /** Returns a GET request that makes the server close after its response. Rejects paths that cannot be requested. */
    static ByteBuffer get(String host, int port, String path) {
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("'" + path + "' is not a path: it must start with / and contain neither"
                    + " spaces nor non-ASCII characters; percent-encode those, such as %20");
        }
        String name = host.indexOf(':') >= 0 && !host.startsWith("[") ? "[" + host + "]" : IDN.toASCII(host);
        return US_ASCII.encode(
                "GET " + path + " HTTP/1.1\r\nHost: " + name + ":" + port + "\r\nConnection: close\r\n\r\n");
    }

    private static SSLContext believingAnybody() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new Anybody()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK does not support TLS", e);
        }
    }

    /** Accepts every certificate. Portcullis has no method for this, so that no one uses it by accident. */
    private static final class Anybody implements X509TrustManager {
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
