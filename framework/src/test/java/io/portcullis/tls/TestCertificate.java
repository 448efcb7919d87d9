// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate for tests, as objects and as files.
 *
 * @param name of its files
 * @param key the private key
 * @param chain its own certificate first
 * @param directory where its files are
 */
public record TestCertificate(String name, PrivateKey key, List<X509Certificate> chain, Path directory) {
    /** Opens {@link #encryptedKeyFile()} and {@link #keyStoreFile()}. */
    public static final String PASSWORD = "open-sesame-4711";

    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** The chain, as PEM. */
    public Path chainFile() {
        return directory.resolve(name + ".pem");
    }

    /** The key, as PKCS#8. */
    public Path keyFile() {
        return directory.resolve(name + "-key.pem");
    }

    /** The key, as PKCS#8 encrypted with {@link #PASSWORD} as OpenSSL 3 does it. */
    public Path encryptedKeyFile() {
        return directory.resolve(name + "-key-encrypted.pem");
    }

    /** The key, as PKCS#1 (RSA) or SEC1 (EC); absent for other types. */
    public Path traditionalKeyFile() {
        return directory.resolve(name + "-key-traditional.pem");
    }

    /** Key and chain, as PKCS12. */
    public Path keyStoreFile() {
        return directory.resolve(name + ".p12");
    }

    public String chainPem() {
        return read(chainFile());
    }

    public String keyPem() {
        return read(keyFile());
    }

    /** The profile of a server that presents this certificate. */
    public TlsProfile serverProfile() {
        return TestEngine.use(TlsProfile.builder())
                .certificate(key, chain.toArray(X509Certificate[]::new))
                .build();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
