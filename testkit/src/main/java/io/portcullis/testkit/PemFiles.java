// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The files that {@link SelfSignedCertificate#writeTo} has written.
 *
 * @param certificate {@code certificate.pem}, which is public
 * @param key {@code key.pem}, readable for its owner only
 */
public record PemFiles(Path certificate, Path key) {
    private static final int LINE_LENGTH = 64;

    static PemFiles write(Path directory, SelfSignedCertificate made) throws IOException {
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("certificate.pem");
        replace(key, made.keyPem(), ownerOnly(directory));
        replace(certificate, made.certificatePem());
        return new PemFiles(certificate, key);
    }

    /** RFC 7468. */
    static String pem(String label, byte[] der) {
        Base64.Encoder lines = Base64.getMimeEncoder(LINE_LENGTH, "\n".getBytes(US_ASCII));
        return "-----BEGIN " + label + "-----\n" + lines.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    private static void replace(Path file, String text, FileAttribute<?>... attributes) throws IOException {
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(fresh);
        try {
            Files.createFile(fresh, attributes);
            Files.writeString(fresh, text, US_ASCII);
            Files.move(fresh, file, ATOMIC_MOVE, REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    private static FileAttribute<?> ownerOnly(Path directory) throws IOException {
        Set<String> views = directory.getFileSystem().supportedFileAttributeViews();
        if (views.contains("posix")) {
            return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        }
        if (views.contains("acl")) {
            return accessControlList(AclEntry.newBuilder()
                    .setType(AclEntryType.ALLOW)
                    .setPrincipal(Files.getOwner(directory))
                    .setPermissions(EnumSet.allOf(AclEntryPermission.class))
                    .build());
        }
        throw new IOException(
                "the file system of " + directory + " has no permissions, so the key cannot be protected");
    }

    private static FileAttribute<List<AclEntry>> accessControlList(AclEntry entry) {
        return new FileAttribute<>() {
            @Override
            public String name() {
                return "acl:acl";
            }

            @Override
            public List<AclEntry> value() {
                return List.of(entry);
            }
        };
    }
}
