// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.JdkEngineFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Certificates for tests. They are made once, by the JDK's keytool, and kept under target/test-certificates.
 *
 * <p>Those without an authority are self-signed.
 */
public final class TestCertificates {
    private static final Map<String, TestCertificate> LOADED = new ConcurrentHashMap<>();

    private TestCertificates() {}

    /** EC (P-256) for localhost, 127.0.0.1 and example.org. */
    public static TestCertificate ec() {
        return load("ec");
    }

    /** RSA (2048) for localhost, 127.0.0.1 and example.org. */
    public static TestCertificate rsa() {
        return load("rsa");
    }

    /** Ed25519 for localhost. */
    public static TestCertificate ed25519() {
        return load("ed25519");
    }

    /** Ed448 for localhost. */
    public static TestCertificate ed448() {
        return load("ed448");
    }

    /** P-521 for localhost. */
    public static TestCertificate ec521() {
        return load("ec521");
    }

    /** RSASSA-PSS (2048) for localhost. */
    public static TestCertificate rsaPss() {
        return load("rsa-pss");
    }

    /** EC with the curve P-384 for localhost, 127.0.0.1 and example.org. */
    public static TestCertificate ec384() {
        return load("ec384");
    }

    /** EC for other.example. */
    public static TestCertificate other() {
        return load("other");
    }

    /** RSA for other.example. */
    public static TestCertificate otherRsa() {
        return load("other-rsa");
    }

    /** EC for *.wild.example. */
    public static TestCertificate wildcard() {
        return load("wildcard");
    }

    /** EC for one.wild.example, which {@link #wildcard()} also matches. */
    public static TestCertificate insideWildcard() {
        return load("inside-wildcard");
    }

    /** EC whose common name is common.example, without any alternative name. */
    public static TestCertificate commonNameOnly() {
        return load("common-name");
    }

    /** EC for localhost; expired years ago. */
    public static TestCertificate expired() {
        return load("expired");
    }

    /** EC for localhost; not valid for years to come. */
    public static TestCertificate notYetValid() {
        return load("not-yet-valid");
    }

    /** The authority that signed {@link #client()} and {@link #issued()}. */
    public static TestCertificate authority() {
        return load("authority");
    }

    /** A client (CN=client) signed by {@link #authority()}. */
    public static TestCertificate client() {
        return load("client");
    }

    /** EC for localhost and 127.0.0.1, signed by {@link #authority()}: a chain of two. */
    public static TestCertificate issued() {
        return load("issued");
    }

    /** An authority that is not trusted. */
    public static TestCertificate strangeAuthority() {
        return load("strange-authority");
    }

    /** A client (CN=stranger) signed by {@link #strangeAuthority()}. */
    public static TestCertificate stranger() {
        return load("stranger");
    }

    /** A server that presents {@link #ec()} or {@link #rsa()}. */
    public static TlsProfile serverProfile() {
        return serverBuilder().build();
    }

    /** The same, as a builder. */
    public static TlsProfileBuilder serverBuilder() {
        return TestEngine.use(TlsProfile.builder())
                .certificate(ec().key(), ec().certificate())
                .certificate(rsa().key(), rsa().certificate());
    }

    /** A client that trusts all the servers here, and verifies their names. */
    public static TlsProfile clientProfile() {
        return clientBuilder().build();
    }

    /** The same, as a builder. */
    public static TlsProfileBuilder clientBuilder() {
        return trusting(TestEngine.use(TlsProfile.builder()));
    }

    /** The same client, with the JDK's engine in any case. */
    public static TlsProfileBuilder jdkClientBuilder() {
        return trusting(TlsProfile.builder());
    }

    /** The same client, with an engine by its name in tests. */
    public static TlsProfileBuilder clientBuilder(String engine) {
        return trusting(TestEngine.use(engine, TlsProfile.builder()));
    }

    private static TlsProfileBuilder trusting(TlsProfileBuilder builder) {
        return builder.trust(
                ec().certificate(),
                ec384().certificate(),
                rsa().certificate(),
                ed25519().certificate(),
                ed448().certificate(),
                ec521().certificate(),
                rsaPss().certificate(),
                other().certificate(),
                otherRsa().certificate(),
                wildcard().certificate(),
                insideWildcard().certificate(),
                commonNameOnly().certificate(),
                authority().certificate());
    }

    /**
     * A context of the JDK, for a peer that is a plain SSLSocket: trusts the servers here, and verifies names only if
     * configured to.
     */
    public static SSLContext jdkClientContext() {
        return contextOf(jdkClientBuilder().build());
    }

    /**
     * A client's context of the JDK that trusts every server, after running code of the test in a task of the
     * handshake.
     */
    public static SSLContext contextJudgedBy(Runnable code) {
        X509ExtendedTrustManager judge = new X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {
                code.run();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
                code.run();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
                code.run();
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {judge}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The parts of a profile of the JDK's engine. */
    public static SSLContext contextOf(TlsProfile profile) {
        return ((JdkEngineFactory) profile.factory()).context();
    }

    public static TestCertificate named(String name) {
        return load(name);
    }

    private static TestCertificate load(String name) {
        return LOADED.computeIfAbsent(name, key -> read(TestCertificateMaker.directory(), key));
    }

    static TestCertificate read(Path directory, String name) {
        char[] password = TestCertificate.PASSWORD.toCharArray();
        try (InputStream in = Files.newInputStream(directory.resolve(name + ".p12"))) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(in, password);
            List<X509Certificate> chain = Arrays.stream(store.getCertificateChain(name))
                    .map(X509Certificate.class::cast)
                    .toList();
            return new TestCertificate(name, (PrivateKey) store.getKey(name, password), chain, directory);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
