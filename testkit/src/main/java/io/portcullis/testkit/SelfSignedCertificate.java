// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;

/**
 * A self-signed certificate with its key, generated in memory, for development and tests.
 *
 * <p><strong>Not for production.</strong> Such a certificate is not issued by an authority, cannot be revoked, and
 * differs after each start, so a client can trust it only if both run in the same test or the certificate is copied by
 * hand. A client that accepts it without verification can be attacked by a man in the middle. In production, use a
 * certificate of a certificate authority, and {@link io.portcullis.tls.TlsProfileBuilder#certificate(Path, Path)}.
 *
 * <pre>{@code
 * SelfSignedCertificate certificate = SelfSignedCertificate.create();
 * TlsProfile server = certificate.serverProfile();
 * TlsProfile client = certificate.clientProfile();
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class SelfSignedCertificate {
    private final PrivateKey key;
    private final X509Certificate certificate;

    SelfSignedCertificate(PrivateKey key, X509Certificate certificate) {
        this.key = key;
        this.certificate = certificate;
    }

    /**
     * Generates a certificate with the builder's defaults.
     *
     * @param names DNS names and IP addresses, as {@link SelfSignedCertificateBuilder#names} accepts them; without any,
     *     the certificate is for {@code localhost}, {@code 127.0.0.1} and {@code ::1}
     * @return a new certificate with a new key
     * @throws IllegalArgumentException if a name is neither a DNS name nor an IP address
     */
    public static SelfSignedCertificate create(String... names) {
        SelfSignedCertificateBuilder builder = builder();
        return names.length == 0 ? builder.build() : builder.names(names).build();
    }

    /**
     * Returns a builder for a certificate with an EC key on P-256 that is valid for 90 days, for {@code localhost},
     * {@code 127.0.0.1} and {@code ::1}.
     *
     * @return a new builder
     */
    public static SelfSignedCertificateBuilder builder() {
        return new SelfSignedCertificateBuilder();
    }

    /**
     * Returns the private key.
     *
     * @return the key, not encrypted
     */
    public PrivateKey key() {
        return key;
    }

    /**
     * Returns the certificate.
     *
     * @return a certificate for servers and clients, which is not a certificate authority
     */
    public X509Certificate certificate() {
        return certificate;
    }

    /**
     * Returns the private key as text.
     *
     * @return PKCS#8 in PEM form (RFC 7468), not encrypted
     */
    public String keyPem() {
        return PemFiles.pem("PRIVATE KEY", key.getEncoded());
    }

    /**
     * Returns the certificate as text.
     *
     * @return the certificate in PEM form (RFC 7468)
     */
    public String certificatePem() {
        try {
            return PemFiles.pem("CERTIFICATE", certificate.getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a generated certificate has no encoded form", e);
        }
    }

    /**
     * Writes the files {@code certificate.pem} and {@code key.pem} for programs that read files, such as curl. The key
     * is readable and writable for its owner only, from the moment its file exists. Existing files of these names are
     * replaced atomically: a reader finds either the old contents or the new ones. Blocks while it writes.
     *
     * @param directory an existing directory
     * @return the two files
     * @throws IOException if a file cannot be written, or the file system has no permissions to protect the key
     */
    public PemFiles writeTo(Path directory) throws IOException {
        return PemFiles.write(directory, this);
    }

    /**
     * Returns a profile for servers that presents this certificate. For other settings pass {@link #key()} and
     * {@link #certificate()} to {@link io.portcullis.tls.TlsProfileBuilder}.
     *
     * @return a new profile with the secure defaults
     */
    public TlsProfile serverProfile() {
        return TlsProfile.builder().certificate(key, certificate).build();
    }

    /**
     * Returns a profile for clients that trusts this certificate and no other. The server's name is verified, so a
     * client must connect by one of the certificate's names.
     *
     * @return a new profile with the secure defaults
     */
    public TlsProfile clientProfile() {
        return TlsProfile.builder().trust(certificate).build();
    }

    /**
     * Returns one line for logs, without the key.
     *
     * @return the subject and the expiry date
     */
    @Override
    public String toString() {
        return "SelfSignedCertificate[" + certificate.getSubjectX500Principal().getName() + ", valid until "
                + certificate.getNotAfter().toInstant() + "]";
    }
}
