// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A certificate, its key and its trusted authorities, as files that change. */
public record CertificateFiles(Path folder) {
    public Path certificate() {
        return folder.resolve("tls.crt");
    }

    public Path key() {
        return folder.resolve("tls.key");
    }

    public Path trust() {
        return folder.resolve("ca.crt");
    }

    /** Writes a new key and certificate, one after the other. */
    public CertificateFiles write(TestCertificate of) throws IOException {
        Files.copy(of.keyFile(), key(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(of.chainFile(), certificate(), StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    public CertificateFiles writeTrust(TestCertificate authority) throws IOException {
        Files.copy(authority.chainFile(), trust(), StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    /** A server's profile that uses the files. */
    public TlsProfileBuilder server() {
        return TestEngine.use(TlsProfile.builder()).certificate(certificate(), key());
    }

    /** Creates a folder as Kubernetes does: a link to another folder, and links to its files. */
    static CertificateFiles linked(Path root, String version) throws IOException {
        CertificateFiles linked = new CertificateFiles(root);
        Files.createSymbolicLink(root.resolve("..data"), Path.of(version));
        for (Path file : new Path[] {linked.certificate(), linked.key()}) {
            Files.createSymbolicLink(file, Path.of("..data").resolve(file.getFileName()));
        }
        return linked;
    }

    /** Makes the link point to another folder, atomically. */
    void swap(String version) throws IOException {
        Path next = folder.resolve("..data_tmp");
        Files.createSymbolicLink(next, Path.of(version));
        Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }
}
