// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.spi.TlsEngineConfig;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Creates the SSLContext of a profile, and the trust managers that check the certificates of peers. */
public final class TlsContexts {
    private TlsContexts() {}

    /**
     * Creates a context with the certificates and the trust settings of a configuration.
     *
     * @param security the provider, or null for the JDK's default
     * @param config the certificates and the trust settings
     */
    static SSLContext create(@Nullable Provider security, TlsEngineConfig config) {
        try {
            SSLContext context = uninitialized(security);
            KeyManager[] keys = config.keyManager()
                    .map(manager -> new KeyManager[] {manager})
                    .orElse(new KeyManager[0]);
            boolean conscrypt = ConscryptQuirks.isConscrypt(context.getProvider());
            TrustManager[] managers = config.trustManagers().stream()
                    .map(manager -> conscrypt ? ConscryptQuirks.wrap(manager) : manager)
                    .map(NamingTrustManager::of)
                    .toArray(TrustManager[]::new);
            context.init(keys, managers, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw impossible(security, e);
        }
    }

    static SSLContext uninitialized(@Nullable Provider security) throws GeneralSecurityException {
        return security == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", security);
    }

    static RuntimeException impossible(@Nullable Provider security, GeneralSecurityException cause) {
        return security == null
                ? new IllegalStateException("this JDK cannot create a TLS context; check its java.security file", cause)
                : Refusal.of(
                        "the security provider " + security.getName() + " cannot create a TLS context: "
                                + ForeignText.of(cause.getMessage()) + "; choose one that has an SSLContext named TLS",
                        cause);
    }

    static boolean isOfTheJdk(Provider provider) {
        return provider.getName().equals("SunJSSE");
    }

    /**
     * Returns trust managers for the given certificates.
     *
     * @param trusted the trusted certificates; empty for the JDK's default
     */
    static List<TrustManager> trusting(List<X509Certificate> trusted) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(trusted.isEmpty() ? null : keyStore(trusted));
            return List.of(factory.getTrustManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw cannotCheck(e);
        }
    }

    /**
     * Returns trust managers for the given certificates that check the revocation status online.
     *
     * @param trusted the trusted certificates; empty for the JDK's default
     * @param crls an additional source of revocation status
     * @param softFail whether an unreachable source is ignored
     */
    static List<TrustManager> checkingRevocation(List<X509Certificate> trusted, List<X509CRL> crls, boolean softFail) {
        try {
            PKIXRevocationChecker checker =
                    (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
            checker.setOptions(softFail ? Set.of(PKIXRevocationChecker.Option.SOFT_FAIL) : Set.of());
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors(trusted), null);
            parameters.addCertPathChecker(checker);
            if (!crls.isEmpty()) {
                parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(crls)));
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(new CertPathTrustManagerParameters(parameters));
            return List.of(factory.getTrustManagers());
        } catch (GeneralSecurityException e) {
            throw cannotCheck(e);
        }
    }

    private static Set<TrustAnchor> anchors(List<X509Certificate> trusted) {
        Stream<X509Certificate> authorities = trusted.isEmpty()
                ? trusting(trusted).stream()
                        .filter(X509TrustManager.class::isInstance)
                        .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
                : trusted.stream();
        return authorities.map(authority -> new TrustAnchor(authority, null)).collect(Collectors.toSet());
    }

    private static IllegalStateException cannotCheck(Exception cause) {
        return new IllegalStateException("this JDK cannot check certificates; check its java.security file", cause);
    }

    private static KeyStore keyStore(List<X509Certificate> trusted) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (X509Certificate certificate : trusted) {
            store.setCertificateEntry(Integer.toString(store.size()), certificate);
        }
        return store;
    }
}
