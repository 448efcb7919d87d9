// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.portcullis.tls.TlsProfile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PemFilesTest {
    private final SelfSignedCertificate made = SelfSignedCertificate.create();

    @TempDir
    private Path directory;

    @Test
    void theJdkReadsTheCertificateThatWasWritten() throws Exception {
        byte[] text = Files.readAllBytes(made.writeTo(directory).certificate());
        assertEquals(
                made.certificate(),
                CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(text)));
    }

    @Test
    void theJdkReadsTheKeyThatWasWritten() throws Exception {
        List<String> lines = Files.readAllLines(made.writeTo(directory).key());
        assertEquals("-----BEGIN PRIVATE KEY-----", lines.get(0));
        assertEquals("-----END PRIVATE KEY-----", lines.get(lines.size() - 1));
        byte[] encoded = Base64.getDecoder().decode(String.join("", lines.subList(1, lines.size() - 1)));
        assertArrayEquals(
                made.key().getEncoded(),
                KeyFactory.getInstance("EC")
                        .generatePrivate(new PKCS8EncodedKeySpec(encoded))
                        .getEncoded());
    }

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void aProfileReadsTheFiles(KeyType type) throws Exception {
        SelfSignedCertificate certificate =
                SelfSignedCertificate.builder().keyType(type).build();
        PemFiles files = certificate.writeTo(directory);
        TlsProfile profile = TlsProfile.builder()
                .certificate(files.certificate(), files.key())
                .build();
        assertEquals(List.of(certificate.certificate()), profile.certificates());
    }

    @Test
    void onlyTheOwnerReadsTheKey() throws Exception {
        assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path key = made.writeTo(directory).key();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
    }

    @Test
    void replacesFilesWithoutTakingOverTheirPermissions() throws Exception {
        assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path key = directory.resolve("key.pem");
        Files.createFile(key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-rw-rw-")));
        made.writeTo(directory);
        SelfSignedCertificate second = SelfSignedCertificate.create();
        second.writeTo(directory);
        assertEquals(second.keyPem(), Files.readString(key));
        assertEquals(second.certificatePem(), Files.readString(directory.resolve("certificate.pem")));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        try (Stream<Path> files = Files.list(directory)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void writesNoKeyThatItCannotProtect() throws Exception {
        URI archive = URI.create("jar:" + directory.resolve("archive.zip").toUri());
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path root = zip.getPath("/");
            assertThrows(IOException.class, () -> made.writeTo(root));
            try (Stream<Path> files = Files.list(root)) {
                assertEquals(0, files.count());
            }
        }
    }

    @Test
    void failsWithoutADirectory() {
        assertThrows(IOException.class, () -> made.writeTo(directory.resolve("missing")));
    }
}
