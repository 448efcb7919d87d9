// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.TlsProfile;
import java.nio.file.Path;
import java.util.Arrays;

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
                .refuseUnknownServerNames() // alert 112; without this word they get the first certificate
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
                .trust(Path.of("authority-of-our-servers.pem")) // instead of what the JDK trusts
                .certificate(Path.of("client.pem"), Path.of("client-key.pem"))
                .build();
        // end snippet
        return client;
    }

    static TlsProfile fast() {
        // snippet: ENGINE
        TlsProfile tls = TlsProfile.builder()
                .certificate(Path.of("server.pem"), Path.of("server-key.pem"))
                .bestEngine() // the fastest that is here and can do all of this; logs which one
                .build();
        // end snippet
        return tls;
    }
}
