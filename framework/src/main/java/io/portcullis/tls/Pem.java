// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The blocks of a PEM text (RFC 7468), and the name under which an error message speaks of it. Text around the blocks,
 * any line ending and any number of blocks are accepted.
 */
final class Pem {
    private static final String BEGIN = "-----BEGIN ";
    private static final String END = "-----END ";
    private static final String DASHES = "-----";
    private static final Set<String> CERTIFICATE_LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

    /** What messages may call by its name: a label that is none of these may be anything, a part of a key included. */
    private static final Set<String> KNOWN_LABELS = Set.of(
            "CERTIFICATE",
            "X509 CERTIFICATE",
            "TRUSTED CERTIFICATE",
            "CERTIFICATE REQUEST",
            "NEW CERTIFICATE REQUEST",
            "X509 CRL",
            "PKCS7",
            "CMS",
            "PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "DSA PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PUBLIC KEY",
            "RSA PUBLIC KEY",
            "EC PARAMETERS",
            "DH PARAMETERS",
            "DSA PARAMETERS");

    private final String name;
    private final List<Block> blocks;

    private Pem(String name, List<Block> blocks) {
        this.name = name;
        this.blocks = blocks;
    }

    /** Reads a file. Its name in messages is the path as the caller wrote it. */
    static Pem read(Path file) {
        byte[] bytes = readBytes(file);
        Pem pem = parse(file.toString(), new String(bytes, StandardCharsets.ISO_8859_1));
        if (pem.blocks.isEmpty() && bytes.length > 0 && (bytes[0] & 0xff) == Der.SEQUENCE) {
            throw Refusal.of(file + " is binary, not PEM; a certificate in DER is converted by"
                    + " 'openssl x509 -inform der -in " + file + "', a PKCS12 file goes to keyStore() or trustStore()");
        }
        return pem;
    }

    /** Reads a text that is known to the caller under a name. */
    static Pem parse(String name, String text) {
        List<Block> blocks = new ArrayList<>();
        Iterator<String> lines = text.lines().map(String::strip).iterator();
        while (lines.hasNext()) {
            String line = lines.next();
            int begin = line.indexOf(BEGIN);
            if (begin >= 0) {
                blocks.add(readBlock(name, label(name, line.substring(begin + BEGIN.length())), lines));
            }
        }
        return new Pem(name, List.copyOf(blocks));
    }

    /** The label, behind which its line must end (RFC 7468, 3): what follows would be a part of the block, perhaps of a key. */
    private static String label(String name, String rest) {
        int end = rest.indexOf(DASHES);
        if (end < 0 || end + DASHES.length() < rest.length()) {
            throw Refusal.of("a line in " + name + " holds more than the " + BEGIN + "..." + DASHES + " of its block;"
                    + " line breaks were lost: copy it again, whole");
        }
        return rest.substring(0, end);
    }

    /** Reads the bytes of a file that the configuration names, or says in our words why that is not possible. */
    static byte[] readBytes(Path file) {
        if (Files.isDirectory(file)) {
            throw Refusal.of(file + " is a directory; name the file in it");
        }
        if (!Files.exists(file)) {
            throw Refusal.of(file + " does not exist (looked for " + file.toAbsolutePath() + "); check the path");
        }
        if (!Files.isReadable(file)) {
            throw Refusal.of(file + " is not readable for this process; check the permissions of it and its directory");
        }
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Refusal.of(file + " could not be read: " + e.getClass().getSimpleName(), e);
        }
    }

    String name() {
        return name;
    }

    /** All certificates, in order; at least one. */
    List<X509Certificate> certificates() {
        List<Block> found = blocks.stream()
                .filter(block -> CERTIFICATE_LABELS.contains(block.label))
                .toList();
        if (found.isEmpty()) {
            throw Refusal.of("no certificate in " + name + " (" + contents()
                    + "); a certificate starts with -----BEGIN CERTIFICATE-----");
        }
        List<X509Certificate> certificates = new ArrayList<>();
        for (Block block : found) {
            certificates.add(certificate(block, certificates.size() + 1));
        }
        return List.copyOf(certificates);
    }

    /** The private key: the first one if there are several. */
    PrivateKey privateKey(char @Nullable [] password) {
        byte @Nullable [] curve = null;
        for (Block block : blocks) {
            if (block.label.equals("EC PARAMETERS")) {
                curve = block.bytes;
            } else if (block.label.endsWith("PRIVATE KEY")) {
                return PrivateKeys.decode(name, block, curve, password);
            }
        }
        throw Refusal.of(
                "no private key in " + name + " (" + contents() + "); a key starts with -----BEGIN PRIVATE KEY-----");
    }

    private String contents() {
        return blocks.isEmpty()
                ? "it holds no PEM block"
                : "it holds: " + blocks.stream().map(Block::kind).collect(Collectors.joining(", "));
    }

    private X509Certificate certificate(Block block, int number) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block.bytes));
        } catch (CertificateException e) {
            throw Refusal.of("certificate number " + number + " in " + name + " is damaged; export it again", e);
        }
    }

    private static Block readBlock(String name, String label, Iterator<String> lines) {
        StringBuilder base64 = new StringBuilder();
        boolean encrypted = false;
        while (lines.hasNext()) {
            String line = lines.next();
            if (line.startsWith(END)) {
                return new Block(label, decodeBase64(name, label, base64.toString()), encrypted);
            }
            // RFC 1421, 4.6: the headers of a block that OpenSSL's legacy format encrypts
            if (line.indexOf(':') >= 0) {
                encrypted |= line.startsWith("Proc-Type:") && line.endsWith("ENCRYPTED");
            } else {
                base64.append(line);
            }
        }
        throw Refusal.of(name + " ends in the middle of its block (" + kind(label) + "); copy it again, whole");
    }

    private static byte[] decodeBase64(String name, String label, String base64) {
        try {
            return Base64.getMimeDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw Refusal.of("a block (" + kind(label) + ") in " + name + " is damaged; copy it again, whole");
        }
    }

    private static String kind(String label) {
        return KNOWN_LABELS.contains(label) ? label : "a block of another kind";
    }

    /** One block: what stands between BEGIN and END. */
    static final class Block {
        final String label;
        final byte[] bytes;
        final boolean legacyEncrypted;

        Block(String label, byte[] bytes, boolean legacyEncrypted) {
            this.label = label;
            this.bytes = bytes;
            this.legacyEncrypted = legacyEncrypted;
        }

        /** What messages call it: its label, if that is one of those that are known. */
        String kind() {
            return Pem.kind(label);
        }
    }
}
