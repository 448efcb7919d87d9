// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/** The TLS settings of every server. */
final class TlsSettings {
    static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** In the order of the server's preference. */
    static final List<String> TLS_1_3_SUITES =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    static final List<String> TLS_1_2_SUITES = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");

    static final List<String> SUITES =
            Stream.concat(TLS_1_3_SUITES.stream(), TLS_1_2_SUITES.stream()).toList();

    /** For servers that can be configured: every client of the comparison offers the first one. */
    static final List<String> GROUPS = List.of("X25519", "P-256");

    /** Handshakes of many concurrent connections may take a while on a machine that has just started. */
    static final int HANDSHAKE_SECONDS = 60;

    private static final char[] NO_PASSWORD = new char[0];

    private TlsSettings() {}

    /** Returns a context of the JDK, or of a provider, with the certificate. */
    static SSLContext context(ServeOptions options, @Nullable Provider provider)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", key(options.key()), NO_PASSWORD, chain(options.certificate()));
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, NO_PASSWORD);
        SSLContext context = provider == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", provider);
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** Configures a server-side engine with the common settings. */
    static SSLEngine server(SSLEngine engine) {
        engine.setUseClientMode(false);
        engine.setSSLParameters(parameters());
        return engine;
    }

    static SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters(SUITES.toArray(String[]::new), PROTOCOLS.toArray(String[]::new));
        parameters.setUseCipherSuitesOrder(true);
        return parameters;
    }

    private static Certificate[] chain(Path file) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificates(in)
                    .toArray(Certificate[]::new);
        }
    }

    private static PrivateKey key(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file);
                PEMParser parser = new PEMParser(reader)) {
            if (parser.readObject() instanceof PrivateKeyInfo key) {
                return new JcaPEMKeyConverter().getPrivateKey(key);
            }
            throw new IOException(file + " does not contain a private key in PKCS#8 format");
        }
    }
}
