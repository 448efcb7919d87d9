// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;

/**
 * The sources of a profile's certificates, from which they can be loaded again.
 *
 * @param credentials the profile's own
 * @param trusted the certificates it trusts
 * @param crls its revocation lists
 * @param files all files that are read
 */
public record CredentialSources(
        List<Supplier<List<Credential>>> credentials,
        List<Supplier<List<X509Certificate>>> trusted,
        List<Supplier<List<X509CRL>>> crls,
        List<Path> files) {

    public CredentialSources(
            List<Supplier<List<Credential>>> credentials,
            List<Supplier<List<X509Certificate>>> trusted,
            List<Supplier<List<X509CRL>>> crls,
            List<Path> files) {
        this.credentials = List.copyOf(credentials);
        this.trusted = List.copyOf(trusted);
        this.crls = List.copyOf(crls);
        this.files = List.copyOf(files);
    }

    /** Reads and checks the credentials; each call reads them again. */
    public List<Credential> loadCredentials() {
        return credentials.stream().flatMap(source -> source.get().stream()).toList();
    }

    public List<X509Certificate> loadTrust() {
        return trusted.stream().flatMap(source -> source.get().stream()).toList();
    }

    public List<X509CRL> loadCrls() {
        return crls.stream().flatMap(source -> source.get().stream()).toList();
    }

    /**
     * Returns a digest of the current contents of the files. Modification times and links are ignored: the file systems
     * of containers change them independently of the contents.
     */
    public String fingerprint() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                try {
                    byte[] contents = Pem.readBytes(file);
                    digest.update((contents.length + " bytes ").getBytes(StandardCharsets.US_ASCII));
                    digest.update(contents);
                } catch (IllegalArgumentException unreadable) {
                    digest.update(("unreadable: " + unreadable.getMessage()).getBytes(StandardCharsets.UTF_8));
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
