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
 * Where a profile has its certificates from, to read them again.
 *
 * @param credentials what it presents
 * @param trusted whom it trusts
 * @param crls which certificates were revoked
 * @param files all that is read
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

    /** Reads and checks them, anew with each call. */
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
     * A digest of what is in the files now, whatever their times of change and links say: file systems of containers
     * change both without the contents, and the contents without either.
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
