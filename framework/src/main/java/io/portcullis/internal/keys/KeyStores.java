// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.PrivateKey;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads PKCS12 key stores and trust stores. */
public final class KeyStores {
    private KeyStores() {}

    /** Returns all key entries of a PKCS12 file, in its order. */
    public static List<Credential> credentials(Path file, char[] password) {
        KeyStore store = load(file, password);
        List<Credential> credentials = new ArrayList<>();
        for (String alias : aliases(store, file)) {
            Key key = key(store, alias, file, password);
            if (key instanceof PrivateKey privateKey) {
                String name = file + " (entry '" + ForeignText.name(alias) + "')";
                credentials.add(CredentialCheck.check(privateKey, name, chain(store, alias, file), name));
            }
        }
        if (credentials.isEmpty()) {
            throw Refusal.of("no private key entry in " + file + "; pass certificates to trust to trustStore()");
        }
        return credentials;
    }

    /** Returns all trusted certificates of a PKCS12 file. */
    public static List<X509Certificate> trusted(Path file, char[] password) {
        KeyStore store = load(file, password);
        List<X509Certificate> trusted = new ArrayList<>();
        for (String alias : aliases(store, file)) {
            if (certificate(store, alias, file) instanceof X509Certificate certificate) {
                trusted.add(certificate);
            }
        }
        if (trusted.isEmpty()) {
            throw Refusal.of(
                    "no trusted certificate in " + file + "; the JDK sees only those that 'keytool -importcert'"
                            + " put there, so give a file made by openssl to trust(Path) as PEM");
        }
        return trusted;
    }

    private static KeyStore load(Path file, char[] password) {
        byte[] bytes = Pem.readBytes(file);
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(bytes), password);
            return store;
        } catch (IOException e) {
            if (e.getCause() instanceof UnrecoverableKeyException) {
                throw wrongPassword(file);
            }
            throw Refusal.of(file + " is not a PKCS12 key store, or damaged; make one with 'openssl pkcs12 -export'"
                    + " or keytool, or give PEM files to certificate() and trust()");
        } catch (GeneralSecurityException e) {
            throw Refusal.of(
                    file + " uses an algorithm that this JDK does not have; make it again with its keytool", e);
        }
    }

    private static @Nullable Key key(KeyStore store, String alias, Path file, char[] password) {
        try {
            return store.getKey(alias, password);
        } catch (GeneralSecurityException e) {
            throw Refusal.of("the key of entry '" + ForeignText.name(alias) + "' in " + file
                    + " does not open with the password of the file; give both the same password");
        }
    }

    private static List<X509Certificate> chain(KeyStore store, String alias, Path file) {
        Certificate @Nullable [] chain;
        try {
            chain = store.getCertificateChain(alias);
        } catch (KeyStoreException e) {
            throw notLoaded(file, e);
        }
        if (chain == null || chain.length == 0) {
            throw Refusal.of("no certificate for entry '" + ForeignText.name(alias) + "' in " + file
                    + "; export it with its chain");
        }
        return Arrays.stream(chain).map(X509Certificate.class::cast).toList();
    }

    private static @Nullable Certificate certificate(KeyStore store, String alias, Path file) {
        try {
            return store.isCertificateEntry(alias) ? store.getCertificate(alias) : null;
        } catch (KeyStoreException e) {
            throw notLoaded(file, e);
        }
    }

    private static List<String> aliases(KeyStore store, Path file) {
        try {
            return Collections.list(store.aliases());
        } catch (KeyStoreException e) {
            throw notLoaded(file, e);
        }
    }

    private static IllegalArgumentException wrongPassword(Path file) {
        return Refusal.of("the password does not open " + file + "; it is wrong, or the file is damaged");
    }

    private static IllegalArgumentException notLoaded(Path file, KeyStoreException cause) {
        return Refusal.of(file + " could not be read", cause);
    }
}
