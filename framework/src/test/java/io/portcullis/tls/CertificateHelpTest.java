// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static io.portcullis.tls.Refused.refused;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.keys.Pem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * For every certificate, key and trusted certificate that is refused, the message names the file, the reason and the
 * next step.
 */
class CertificateHelpTest {
    private static final char[] PASSWORD = TestCertificate.PASSWORD.toCharArray();
    private static final TestCertificate EC = TestCertificates.ec();
    private static final TestCertificate RSA = TestCertificates.rsa();

    @TempDir
    static Path directory;

    @SuppressWarnings("checkstyle:MethodLength") // a table
    static Stream<Refused> files() throws IOException {
        Path missing = directory.resolve("missing.pem");
        Path empty = file("empty.pem", "");
        Path binary = Files.write(directory.resolve("server.der"), encoded(EC.certificate()));
        Path cut = file("cut.pem", EC.chainPem().substring(0, 200));
        Path damaged = file("damaged.pem", TestPem.block("CERTIFICATE", new byte[] {0x30, 1, 2}));
        Path badBase64 = file("base64.pem", "-----BEGIN CERTIFICATE-----\nMIIB=AAA\n-----END CERTIFICATE-----\n");
        return Stream.of(
                refused("missing chain", b -> b.certificate(missing, EC.keyFile()), "missing.pem", "does not exist"),
                refused("missing key", b -> b.certificate(EC.chainFile(), missing), "missing.pem", "does not exist"),
                refused("missing trust", b -> b.trust(missing), "missing.pem", "does not exist", "check the path"),
                refused("missing key store", b -> b.keyStore(missing, PASSWORD), "missing.pem", "does not exist"),
                refused("missing trust store", b -> b.trustStore(missing, PASSWORD), "missing.pem", "does not exist"),
                refused("directory", b -> b.certificate(directory, EC.keyFile()), "is a directory"),
                refused("directory of keys", b -> b.certificate(EC.chainFile(), directory), "is a directory"),
                refused(
                        "empty",
                        b -> b.certificate(empty, EC.keyFile()),
                        "no certificate in",
                        "empty.pem",
                        "no PEM block"),
                refused("empty trust", b -> b.trust(empty), "no certificate in", "empty.pem"),
                refused("empty text", b -> b.trustPem(""), "no certificate in", "the PEM text to trust"),
                refused(
                        "binary",
                        b -> b.certificate(binary, EC.keyFile()),
                        "server.der",
                        "binary, not PEM",
                        "-inform der"),
                refused("cut", b -> b.certificate(cut, EC.keyFile()), "cut.pem", "ends in the middle", "CERTIFICATE"),
                refused("damaged", b -> b.certificate(damaged, EC.keyFile()), "certificate number 1", "damaged.pem"),
                refused("base64", b -> b.certificate(badBase64, EC.keyFile()), "base64.pem", "is damaged"),
                refused(
                        "swapped",
                        b -> b.certificate(EC.keyFile(), EC.chainFile()),
                        "no certificate in",
                        "ec-key.pem",
                        "it holds: PRIVATE KEY"),
                refused(
                        "no key",
                        b -> b.certificate(EC.chainFile(), EC.chainFile()),
                        "no private key in",
                        "ec.pem",
                        "it holds: CERTIFICATE"),
                refused(
                        "key text",
                        b -> b.certificatePem(EC.chainPem(), "?"),
                        "no private key in the PEM text of the key"));
    }

    @SuppressWarnings("checkstyle:MethodLength") // a table
    static Stream<Refused> keys() throws GeneralSecurityException, IOException {
        Path legacy = file("legacy.pem", """
                -----BEGIN RSA PRIVATE KEY-----
                Proc-Type: 4,ENCRYPTED
                DEK-Info: AES-128-CBC,00

                AAAA
                -----END RSA PRIVATE KEY-----
                """);
        Path unknown = file("unknown.pem", TestPem.block("ENCRYPTED PRIVATE KEY", new byte[] {0x30, 0}));
        Path broken = file("broken.pem", TestPem.block("PRIVATE KEY", new byte[] {0x30, 0}));
        Path noCurve = file("no-curve.pem", TestPem.sec1WithoutCurve(EC.key()));
        Path dsa = file("dsa.pem", TestPem.pkcs8(newKey("DSA", 2048)));
        Path dsaLabel = file("dsa-label.pem", TestPem.block("DSA PRIVATE KEY", new byte[] {0x30, 0}));
        Path mislabelled = file("label.pem", TestPem.block("EC PRIVATE KEY", new byte[] {1}));
        Path encrypted = EC.encryptedKeyFile();
        String umlaut = "Schl\u00fcssel";
        return Stream.of(
                refused(
                        "no password",
                        b -> b.certificate(EC.chainFile(), encrypted),
                        "key-encrypted.pem",
                        "no password"),
                refused(
                        "wrong password",
                        b -> b.certificate(EC.chainFile(), encrypted, Refused.WRONG_PASSWORD.toCharArray()),
                        "key-encrypted.pem",
                        "password does not open"),
                refused(
                        "password outside ASCII, which JDK 17 cannot use",
                        b -> b.certificate(EC.chainFile(), encrypted, umlaut.toCharArray()),
                        "the password",
                        "key-encrypted.pem"),
                refused(
                        "wrong password of key store",
                        b -> b.keyStore(EC.keyStoreFile(), Refused.WRONG_PASSWORD.toCharArray()),
                        "ec.p12",
                        "password does not open"),
                refused(
                        "wrong password of trust store",
                        b -> b.trustStore(EC.keyStoreFile(), Refused.WRONG_PASSWORD.toCharArray()),
                        "ec.p12",
                        "password does not open"),
                refused("legacy", b -> b.certificate(RSA.chainFile(), legacy), "legacy.pem", "openssl pkcs8 -topk8"),
                refused("legacy", b -> b.certificate(RSA.chainFile(), legacy, PASSWORD), "openssl pkcs8 -topk8"),
                refused("unknown", b -> b.certificate(EC.chainFile(), unknown, PASSWORD), "unknown.pem", "damaged"),
                refused("broken key", b -> b.certificate(EC.chainFile(), broken), "broken.pem", "damaged"),
                refused("mislabelled", b -> b.certificate(EC.chainFile(), mislabelled), "label.pem", "damaged"),
                refused("no curve", b -> b.certificate(EC.chainFile(), noCurve), "no-curve.pem", "curve", "openssl"),
                refused("DSA", b -> b.certificate(EC.chainFile(), dsa), "dsa.pem", "use an RSA, RSASSA-PSS, EC"),
                refused("DSA block", b -> b.certificate(EC.chainFile(), dsaLabel), "DSA PRIVATE KEY", "use an RSA"),
                refused("DSA object", b -> b.certificate(newDsa(), EC.certificate()), "the given key", "DSA"));
    }

    @SuppressWarnings("checkstyle:MethodLength") // a table
    static Stream<Refused> pairs() throws GeneralSecurityException, IOException {
        Path reversed = file(
                "reversed.pem",
                TestCertificates.authority().chainPem()
                        + TestCertificates.issued().chainPem());
        Path otherRsa = file("other-rsa-key.pem", TestPem.pkcs8(newKey("RSA", 2048)));
        Path otherPss = file("other-pss-key.pem", TestPem.pkcs8(newKey("RSASSA-PSS", 2048)));
        Path otherEd = file("other-ed-key.pem", TestPem.pkcs8(newKey("Ed25519", 255)));
        Path otherCurve = file("other-curve-key.pem", TestPem.pkcs8(newKey("EC", 384)));
        TestCertificate old = TestCertificates.expired();
        TestCertificate young = TestCertificates.notYetValid();
        return Stream.of(
                refused(
                        "another key",
                        b -> b.certificate(
                                EC.chainFile(), TestCertificates.other().keyFile()),
                        "other-key.pem does not match the certificate in",
                        "ec.pem (public keys differ)",
                        "the certificate is for CN=localhost, valid until 20"),
                refused("RSA", b -> b.certificate(RSA.chainFile(), otherRsa), "does not match", "public keys differ"),
                refused(
                        "PSS",
                        b -> b.certificate(TestCertificates.rsaPss().chainFile(), otherPss),
                        "does not match",
                        "public keys differ"),
                refused(
                        "Ed25519",
                        b -> b.certificate(TestCertificates.ed25519().chainFile(), otherEd),
                        "does not match",
                        "public keys differ"),
                refused(
                        "curve",
                        b -> b.certificate(EC.chainFile(), otherCurve),
                        "does not match",
                        "public keys differ"),
                refused(
                        "another type",
                        b -> b.certificate(EC.chainFile(), RSA.keyFile()),
                        "rsa-key.pem does not match",
                        "the key is RSA, the certificate's is EC"),
                refused(
                        "reversed chain",
                        b -> b.certificate(reversed, TestCertificates.issued().keyFile()),
                        "matches certificate number 2",
                        "reversed.pem",
                        "own certificate first"),
                refused("objects", b -> b.certificate(RSA.key(), EC.certificate()), "the given key does not match"),
                refused("no chain", b -> b.certificate(RSA.key()), "chain of the given key is empty"),
                refused(
                        "expired",
                        b -> b.certificate(old.chainFile(), old.keyFile()),
                        "expired.pem",
                        "expired on 2020-01-0"),
                refused(
                        "expired entry",
                        b -> b.keyStore(old.keyStoreFile(), PASSWORD),
                        "expired.p12",
                        "expired on 2020"),
                refused("expired object", b -> b.certificate(old.key(), old.certificate()), "expired on", "renew it"),
                refused(
                        "not yet valid",
                        b -> b.certificate(young.chainFile(), young.keyFile()),
                        "not-yet-valid.pem",
                        "is not valid before 20",
                        "CN=localhost"));
    }

    static Stream<Refused> keyStores() throws Exception {
        Path trustOnly = store("trust.p12", false);
        Path otherPassword = store("two-passwords.p12", true);
        Path notAStore = file("not-a-store.p12", EC.chainPem());
        return Stream.of(
                refused("no key", b -> b.keyStore(trustOnly, PASSWORD), "no private key entry in", "trustStore()"),
                refused("no trust", b -> b.trustStore(EC.keyStoreFile(), PASSWORD), "no trusted certificate", "as PEM"),
                refused(
                        "PEM",
                        b -> b.keyStore(notAStore, PASSWORD),
                        "not-a-store.p12 is not a PKCS12",
                        "certificate()"),
                refused(
                        "PEM trust",
                        b -> b.trustStore(notAStore, PASSWORD),
                        "not-a-store.p12 is not a PKCS12",
                        "trust()"),
                refused(
                        "two passwords",
                        b -> b.keyStore(otherPassword, PASSWORD),
                        "entry 'one'",
                        "give both the same password"));
    }

    @ParameterizedTest
    @MethodSource({"files", "keys", "pairs", "keyStores"})
    void says(Refused refused) {
        refused.check();
    }

    @Test
    void reportsAnUnreadableFile() throws IOException {
        Assumptions.assumeTrue(
                directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
        Path secret = file("secret.pem", "");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));

        String message = Files.isReadable(secret)
                ? OtherUser.run(directory, Refusing.class, secret.toString())
                : refusalOf(TlsProfile.builder().certificate(secret, secret));

        assertTrue(message.contains("secret.pem is not readable"), message);
    }

    /** If the user can read everything, another user tries. */
    static final class Refusing {
        private Refusing() {}

        /** Prints why a file is refused. */
        public static void main(String... arguments) {
            try {
                Pem.readBytes(Path.of(arguments[0]));
            } catch (IllegalArgumentException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    private static String refusalOf(TlsProfileBuilder builder) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    }

    private static Path file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    private static Path store(String name, boolean withKey) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        if (withKey) {
            store.setKeyEntry(
                    "one",
                    EC.key(),
                    Refused.WRONG_PASSWORD.toCharArray(),
                    EC.chain().toArray(X509Certificate[]::new));
        } else {
            store.setCertificateEntry("one", EC.certificate());
        }
        Path file = directory.resolve(name);
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD);
        }
        return file;
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static PrivateKey newKey(String algorithm, int size) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(size);
        return generator.generateKeyPair().getPrivate();
    }

    private static PrivateKey newDsa() {
        try {
            return newKey("DSA", 2048);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
