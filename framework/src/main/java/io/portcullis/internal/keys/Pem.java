// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

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
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The blocks of a PEM text (RFC 7468), and the name of the text in error messages. */
public final class Pem {
    private static final Set<String> CERTIFICATE_LABELS = Set.of("CERTIFICATE", "X509 CERTIFICATE");

    /**
     * Labels of blocks that may hold certificates in a form that is not supported, and therefore must not be skipped.
     */
    private static final Set<String> OTHER_CERTIFICATE_LABELS = Set.of("TRUSTED CERTIFICATE", "PKCS7", "CMS");

    /** Occurs in every PEM block, with or without line breaks, and in no path. */
    private static final Pattern PEM_TEXT = Pattern.compile("-----BEGIN |-----END ");

    /** In bytes. All authorities of a browser take a sixtieth of this. */
    private static final long LARGEST = 16 << 20;

    private final String name;
    private final List<PemBlock> blocks;

    private Pem(String name, List<PemBlock> blocks) {
        this.name = name;
        this.blocks = blocks;
    }

    /** Reads a file. Messages name it by the path as the caller wrote it. */
    public static Pem read(Path file) {
        byte[] bytes = readBytes(file);
        Pem pem = parse(file.toString(), new String(bytes, StandardCharsets.ISO_8859_1));
        if (pem.blocks.isEmpty() && bytes.length > 0 && (bytes[0] & 0xff) == Der.SEQUENCE) {
            throw Refusal.of(file + " is binary, not PEM; a certificate in DER is converted by"
                    + " 'openssl x509 -inform der -in " + file + "', a PKCS12 file goes to keyStore() or trustStore()");
        }
        return pem;
    }

    /** Parses a text; messages use the name. */
    public static Pem parse(String name, String text) {
        return new Pem(name, PemParser.parse(name, text));
    }

    /** Reads the bytes of a file that the configuration names; throws a refusal with instructions if it cannot. */
    public static byte[] readBytes(Path file) {
        if (PEM_TEXT.matcher(file.toString()).find()) {
            throw Refusal.of(
                    "the text of a PEM block was given in place of the path of a file (it is not repeated here,"
                            + " since it may be a key); write it to a file that only this process can read, and pass"
                            + " its path");
        }
        if (Files.isDirectory(file)) {
            throw Refusal.of(file + " is a directory; name the file in it");
        }
        if (!Files.exists(file)) {
            throw Refusal.of(file + " does not exist (looked for " + file.toAbsolutePath() + "); check the path");
        }
        if (!Files.isRegularFile(file)) {
            throw Refusal.of(
                    file + " is a pipe or a device, which cannot be read again when certificates are renewed; write"
                            + " what it holds to a file");
        }
        if (!Files.isReadable(file)) {
            throw Refusal.of(file + " is not readable for this process; check the permissions of it and its directory");
        }
        try {
            long size = Files.size(file);
            if (size > LARGEST) {
                throw Refusal.of(
                        file + " has " + size + " bytes, more than any certificates or keys; name the right file");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw Refusal.of(file + " could not be read: " + e.getClass().getSimpleName(), e);
        }
    }

    public String name() {
        return name;
    }

    /**
     * Returns all certificates in order, at least one. A block that may hold certificates in an unsupported form is
     * refused and not skipped.
     */
    public List<X509Certificate> certificates() {
        for (PemBlock block : blocks) {
            if (OTHER_CERTIFICATE_LABELS.contains(block.label()) || !block.known()) {
                throw Refusal.of(
                        name + " holds a block of an unsupported kind (" + block.kind() + "); provide certificates"
                                + " in blocks that start with -----BEGIN CERTIFICATE-----, as written by"
                                + " 'openssl x509 -in ' and 'openssl pkcs7 -print_certs -in '");
            }
        }
        List<PemBlock> found = blocks.stream()
                .filter(block -> CERTIFICATE_LABELS.contains(block.label()))
                .toList();
        if (found.isEmpty()) {
            throw Refusal.of("no certificate in " + name + " (" + contents()
                    + "); a certificate starts with -----BEGIN CERTIFICATE-----");
        }
        List<X509Certificate> certificates = new ArrayList<>();
        for (PemBlock block : found) {
            certificates.add(certificate(block, certificates.size() + 1));
        }
        return List.copyOf(certificates);
    }

    /** Returns the contents of the CRLs, in order; at least one. */
    List<byte[]> crls() {
        List<byte[]> found = blocks.stream()
                .filter(block -> block.label().equals("X509 CRL"))
                .map(PemBlock::bytes)
                .toList();
        if (found.isEmpty()) {
            throw Refusal.of("no CRL in " + name + " (" + contents()
                    + "); one starts with -----BEGIN X509 CRL-----, or is the whole file in DER");
        }
        return found;
    }

    /** Returns the private key, the first one if there are several. */
    public PrivateKey privateKey(char @Nullable [] password) {
        byte @Nullable [] curve = null;
        for (PemBlock block : blocks) {
            if (block.label().equals("EC PARAMETERS")) {
                curve = block.bytes();
            } else if (block.label().endsWith("PRIVATE KEY")) {
                return PrivateKeys.decode(name, block, curve, password);
            }
        }
        throw Refusal.of(
                "no private key in " + name + " (" + contents() + "); a key starts with -----BEGIN PRIVATE KEY-----");
    }

    private String contents() {
        return blocks.isEmpty()
                ? "it holds no PEM block"
                : "it holds: " + blocks.stream().map(PemBlock::kind).collect(Collectors.joining(", "));
    }

    private X509Certificate certificate(PemBlock block, int number) {
        try {
            Der.read(block.bytes()); // the factory would ignore bytes after the certificate
            return (X509Certificate) CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(block.bytes()));
        } catch (CertificateException | IllegalArgumentException e) {
            throw Refusal.of("certificate number " + number + " in " + name + " is damaged; export it again", e);
        }
    }
}
