// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** A certificate, its key and whom to trust, as files that change. */
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

    /** Writes key and certificate anew, one after the other. */
    public CertificateFiles write(TestCertificate of) throws IOException {
        Files.copy(of.keyFile(), key(), StandardCopyOption.REPLACE_EXISTING);
        Files.copy(of.chainFile(), certificate(), StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    public CertificateFiles writeTrust(TestCertificate authority) throws IOException {
        Files.copy(authority.chainFile(), trust(), StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    /** A server's profile out of the files. */
    public TlsProfileBuilder server() {
        return TestEngine.use(TlsProfile.builder()).certificate(certificate(), key());
    }

    /** Has a folder appear as Kubernetes does it: a link to a folder of its own, and links to what is in it. */
    static CertificateFiles linked(Path root, String version) throws IOException {
        CertificateFiles linked = new CertificateFiles(root);
        Files.createSymbolicLink(root.resolve("..data"), Path.of(version));
        for (Path file : new Path[] {linked.certificate(), linked.key()}) {
            Files.createSymbolicLink(file, Path.of("..data").resolve(file.getFileName()));
        }
        return linked;
    }

    /** Lets the link point to another folder, in one step. */
    void swap(String version) throws IOException {
        Path next = folder.resolve("..data_tmp");
        Files.createSymbolicLink(next, Path.of(version));
        Files.move(next, folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
    }
}
