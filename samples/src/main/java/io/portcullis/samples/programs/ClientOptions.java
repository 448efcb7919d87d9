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

/** What the command lines of the clients have in common: whether they speak TLS, and whom they believe. */
final class ClientOptions {
    private static final Pattern PATH = Pattern.compile("/[!-~]*");

    @Option(names = "--plain", description = "Speaks without TLS.")
    boolean plain;

    @Option(
            names = "--trust",
            paramLabel = "FILE",
            description = "Believes servers whose certificate is in this file (PEM), or signed by one that is. "
                    + "Default: those that the JDK trusts.")
    @Nullable
    Path trusted;

    @Option(
            names = "--trust-anybody",
            description = "Verifies nothing: believes whoever answers, also somebody in the middle. For tests.")
    boolean anybody;

    @Option(names = "--engine", paramLabel = "NAME", description = "The TLS engine, such as boringssl. Default: jdk.")
    String engine = TlsEngines.DEFAULT;

    private @Nullable X509Certificate known;

    /** Settings of a client that speaks as the options say. */
    Client.Builder client(Dispatcher dispatcher, String... applicationProtocols) {
        Client.Builder client = Client.builder(dispatcher);
        return plain ? client : client.tls(tls().alpn(applicationProtocols).build());
    }

    private TlsProfileBuilder tls() {
        // A client of one server needs few sessions: each is good for one connection.
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

    /** Believes this server, too, whatever the options say. */
    void trust(X509Certificate certificate) {
        known = certificate;
    }

    /** A request for one resource, after whose answer the server closes. Refuses what cannot be asked for. */
    static ByteBuffer get(String host, int port, String path) {
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("'" + path + "' is not a path: it begins with / and has neither spaces"
                    + " nor letters beyond ASCII; write those as %20 and the like");
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
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    /** Takes every certificate. Portcullis has no word for this, so that nobody says it by accident. */
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
