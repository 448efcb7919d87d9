// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Makes the JDK's SSLContext of a profile. */
final class TlsContexts {
    private TlsContexts() {}

    /**
     * Makes a context of the JDK's default provider.
     *
     * @param credentials the certificates to present, perhaps none
     * @param names finds them by server name
     * @param trusted what to trust; empty for what the JDK trusts by default
     */
    static SSLContext create(List<Credential> credentials, ServerNames names, List<X509Certificate> trusted) {
        try {
            KeyManager[] keyManagers = {new ServerNameKeyManager(credentials, names)};
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(credentials.isEmpty() ? new KeyManager[0] : keyManagers, trustManagers(trusted), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this JDK cannot make a TLS context; check its java.security file", e);
        }
    }

    private static TrustManager[] trustManagers(List<X509Certificate> trusted)
            throws GeneralSecurityException, IOException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted.isEmpty() ? null : keyStore(trusted));
        return factory.getTrustManagers();
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
