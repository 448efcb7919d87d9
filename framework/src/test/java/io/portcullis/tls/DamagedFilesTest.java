// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.portcullis.internal.keys.CredentialSources;
import io.portcullis.internal.keys.Der;
import io.portcullis.internal.keys.Refusal;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Any exception of a security provider on the data of a file is a refusal like any other. The JDK throws an
 * ArrayIndexOutOfBoundsException on some damaged certificates with Ed25519, for example.
 */
class DamagedFilesTest {
    private static final int MUTATIONS = 3_000;

    @TempDir
    private Path folder;

    static Stream<TestCertificate> certificates() {
        return Stream.of(
                TestCertificates.ed25519(), TestCertificates.ec(), TestCertificates.rsa(), TestCertificates.rsaPss());
    }

    private static byte[] damaged(byte[] whole, Random random) {
        byte[] damaged = whole.clone();
        for (int i = 0; i <= random.nextInt(2); i++) {
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
        }
        return damaged;
    }

    private static void loadOrRefuse(TlsProfileBuilder builder, long seed) {
        CredentialSources sources = builder.sources();
        try {
            sources.loadCredentials();
            sources.loadTrust();
        } catch (IllegalArgumentException refused) {
            String message = String.valueOf(refused.getMessage());
            assertTrue(message.startsWith("TlsProfile: "), () -> "seed " + seed + ": " + message);
        } catch (RuntimeException other) {
            throw new AssertionError("seed " + seed, other);
        }
    }

    @Test
    void nonFilesAndHugeFilesAreRefused() throws Exception {
        Path pipe = folder.resolve("pipe");
        assumeTrue(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0, "there are no pipes here");
        Path sparse = folder.resolve("sparse");
        try (RandomAccessFile file = new RandomAccessFile(sparse.toFile(), "rw")) {
            file.setLength(3L << 30);
        }
        for (Path file : List.of(pipe, sparse)) {
            TlsProfileBuilder builder = TlsProfile.builder().certificate(file, file);
            String before = builder.sources().fingerprint();
            assertEquals(before, builder.sources().fingerprint());
            IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, builder::build);
            assertTrue(String.valueOf(refused.getMessage()).contains(file.toString()), refused.getMessage());
        }
    }

    @Test
    void anErrorOfTheProviderIsAlsoARefusal() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> Refusal.guard("leaf.pem", () -> {
                    throw new StackOverflowError("thrown by the test");
                }));
        assertTrue(String.valueOf(refused.getMessage()).contains("leaf.pem"), refused.getMessage());
    }

    @ParameterizedTest
    @MethodSource("certificates")
    void damagedCertificatesAndKeysAreRefused(TestCertificate certificate) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] leaf = certificate.certificate().getEncoded();
        for (int i = 0; i < MUTATIONS; i++) {
            String pem = TestPem.block("CERTIFICATE", damaged(leaf, random));
            loadOrRefuse(TlsProfile.builder().trustPem(pem), seed);
            if (i % 10 == 0) {
                String key =
                        TestPem.block("PRIVATE KEY", damaged(certificate.key().getEncoded(), random));
                loadOrRefuse(TlsProfile.builder().certificatePem(pem, certificate.keyPem()), seed);
                loadOrRefuse(TlsProfile.builder().certificatePem(certificate.chainPem(), key), seed);
            }
        }
    }

    /** The Ed25519 key has a wrong length, which makes some JDKs run out of the bounds of their own array. */
    @Test
    void aKeyThatHasNoBytesIsRefused() throws Exception {
        byte[] whole = TestCertificates.ed25519().certificate().getEncoded();
        byte[] info = TestCertificates.ed25519().certificate().getPublicKey().getEncoded();
        byte[] algorithm = Der.read(info).child(0, Der.SEQUENCE).encoded();
        for (int length = 0; length < 70; length++) {
            byte[] other = Der.write(Der.SEQUENCE, algorithm, Der.write(0x03, new byte[1], new byte[length]));
            String pem = TestPem.block("CERTIFICATE", replaced(whole, info, other));
            loadOrRefuse(TlsProfile.builder().trustPem(pem), length);
            loadOrRefuse(
                    TlsProfile.builder()
                            .certificatePem(pem, TestCertificates.ed25519().keyPem()),
                    length);
        }
    }

    private static byte[] replaced(byte[] certificate, byte[] info, byte[] other) {
        List<Der> parts = Der.read(certificate).children();
        byte[][] body = parts.get(0).children().stream()
                .map(Der::encoded)
                .map(part -> java.util.Arrays.equals(part, info) ? other : part)
                .toArray(byte[][]::new);
        return Der.write(
                Der.SEQUENCE,
                Der.write(Der.SEQUENCE, body),
                parts.get(1).encoded(),
                parts.get(2).encoded());
    }

    @Test
    void damagedKeyStoresAreRefused() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = Files.readAllBytes(TestCertificates.ec().keyStoreFile());
        Path file = folder.resolve("damaged.p12");
        for (int i = 0; i < 200; i++) {
            Files.write(file, damaged(whole, random));
            loadOrRefuse(TlsProfile.builder().keyStore(file, TestCertificate.PASSWORD.toCharArray()), seed);
            loadOrRefuse(TlsProfile.builder().trustStore(file, TestCertificate.PASSWORD.toCharArray()), seed);
        }
    }

    @Test
    void anyExceptionWhileAFileIsReadIsARefusal() {
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> Refusal.guard("it", () -> {
                    throw new ArrayIndexOutOfBoundsException("a part of a key");
                }));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("TlsProfile: it cannot be read"), refused::getMessage);
        assertEquals(null, refused.getCause());
        IllegalArgumentException known = Refusal.of("known");
        assertEquals(
                known,
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Refusal.guard("it", () -> {
                            throw known;
                        })));
    }
}
