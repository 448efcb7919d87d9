// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.tls.ChannelBinding;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.Revocation;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import javax.net.ssl.X509TrustManager;

/** The profiles of docs/guide/tls-profile.md. */
final class TlsProfileGuide {
    private TlsProfileGuide() {}

    static TlsProfile server() {
        // snippet: SERVER
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .alpn("h2", "http/1.1")
                .build();
        // end snippet
        return tls;
    }

    static TlsProfile severalNames() {
        // snippet: NAMES
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("example.org.pem"), Path.of("example.org-key.pem"))
                .certificate(Path.of("example.net.pem"), Path.of("example.net-key.pem"))
                .refuseUnknownServerNames() // alert 112; without this setting they get the first certificate
                .build();
        // end snippet
        return tls;
    }

    static TlsProfile keyStore(char[] password) {
        // snippet: KEY_STORE
        TlsProfile tls =
                TlsProfile.builder().keyStore(Path.of("server.p12"), password).build();
        Arrays.fill(password, '\0'); // the builder has its own copy
        // end snippet
        return tls;
    }

    static TlsProfile mutual() {
        // snippet: MUTUAL
        TlsProfile server = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .trust(Path.of("authority-of-our-clients.pem"))
                .clientAuth(ClientAuth.NEED)
                .build();
        // end snippet
        return server;
    }

    static TlsProfile client() {
        // snippet: CLIENT
        TlsProfile client = TlsProfile.builder()
                .trust(Path.of("authority-of-our-servers.pem")) // instead of the JDK's trust store
                .certificate(Path.of("client.pem"), Path.of("client-key.pem"))
                .build();
        // end snippet
        return client;
    }

    static TlsProfile fast() {
        // snippet: ENGINE
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .bestEngine() // the fastest available one with all of these features; logs which one
                .build();
        // end snippet
        return tls;
    }

    static TlsProfile pinned(X509Certificate certificate) {
        // snippet: PINS
        TlsProfile client = TlsProfile.builder()
                .trust(Path.of("authority-of-our-servers.pem"))
                .pins(
                        "sha256/9hDq7xK0rYkTSRj5U3dBbaMtBwWf1ozAuKDVLWNEc1Y=",
                        "sha256/Y9mvm0exBk1JoQ57f9Vm28jKo5lFm/woKcVxrYxu80o=") // a reserve in case the first is lost
                .build();
        String pin = TlsProfile.pin(certificate); // sha256/...
        // end snippet
        return pin.isEmpty() ? TlsProfile.trustingSystem() : client;
    }

    static TlsProfile selfSigned(String pin) {
        // snippet: SELF_SIGNED
        TlsProfile client = TlsProfile.builder().trustPinned(pin).build();
        // end snippet
        return client;
    }

    static TlsProfile own(X509TrustManager ours) {
        // snippet: TRUST_MANAGER
        TlsProfile server = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .trustManager(ours)
                .clientAuth(ClientAuth.NEED)
                .build();
        // end snippet
        return server;
    }

    static TlsProfile revoked() {
        // snippet: CRLS
        TlsProfile server = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .trust(Path.of("authority-of-our-clients.pem"))
                .crls(Path.of("revoked-clients.crl"))
                .clientAuth(ClientAuth.NEED)
                .build();
        // end snippet
        return server;
    }

    static TlsProfile asking() {
        // snippet: REVOCATION
        TlsProfile client =
                TlsProfile.builder().revocation(Revocation.SOFT_FAIL).build();
        // end snippet
        return client;
    }

    static TlsProfile exporting() {
        // snippet: EXPORTER
        TlsProfile server = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .exportChannelBinding()
                .build();
        // end snippet
        return server;
    }

    // snippet: SCRAM
    /** What a SCRAM-SHA-256-PLUS server expects in the client's last message, after {@code c=}. */
    static Optional<String> expected(TlsSession session, ChannelBinding type) {
        byte[] header = ("p=" + type.registeredName() + ",,").getBytes(StandardCharsets.US_ASCII);
        return session.channelBinding(type)
                .map(data -> ByteBuffer.allocate(header.length + data.length)
                        .put(header)
                        .put(data)
                        .array())
                .map(Base64.getEncoder()::encodeToString);
    }
    // end snippet
}
