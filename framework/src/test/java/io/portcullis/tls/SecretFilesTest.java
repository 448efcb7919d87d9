// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files with damaged keys: no part of them is taken for a name, so that no message, and no message of a cause, contains
 * a piece of a key.
 */
class SecretFilesTest {
    /** Not even this many bytes of a key may be shown. */
    private static final int TOO_MUCH = 8;

    private static final int MUTATIONS = 2_000;

    private static final TestCertificate EC = TestCertificates.ec();

    @TempDir
    Path directory;

    static Stream<String> damagedKeys() {
        String key = EC.keyPem().strip();
        String base64 = key.replaceAll("-----[^-]+-----", "").strip();
        return Stream.of(
                        key.replace("\n", ""),
                        key.replace("\n", " "),
                        key.replace("\n", "\\n"),
                        key.replaceFirst("\n", ""),
                        key.replaceFirst("KEY-----\n", "KEY"),
                        key.replaceFirst("PRIVATE KEY-----\n", ""),
                        key.replaceFirst("PRIVATE KEY", base64.replace("\n", "")),
                        key.replaceFirst("PRIVATE KEY", base64.replace("\n", "") + " PRIVATE KEY"),
                        key.replaceFirst("PRIVATE KEY", "DSA PRIVATE KEY"),
                        key.replace("PRIVATE KEY", "CERTIFICATE"),
                        key.substring(0, key.length() - 40),
                        key.replaceFirst("\n-----END", "-----END"),
                        key.replaceFirst("-----END", base64 + "-----END"),
                        key.replaceFirst(
                                "KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: " + base64 + "\n\n"),
                        key.replaceFirst("[A-Z]", "="),
                        base64)
                .map(damaged -> damaged + "\n");
    }

    @ParameterizedTest
    @MethodSource("damagedKeys")
    @DisplayName("R31, R40 a key without line breaks, or otherwise damaged, is not echoed in any message as a name")
    void showsNothingOfADamagedKey(String damaged) throws IOException {
        Path file = Files.writeString(directory.resolve("key.pem"), damaged);
        for (TlsProfileBuilder builder : List.of(
                TlsProfile.builder().certificate(EC.chainFile(), file),
                TlsProfile.builder().certificate(EC.chainFile(), file, "password".toCharArray()),
                TlsProfile.builder().certificate(file, file),
                TlsProfile.builder().certificatePem(EC.chainPem(), damaged),
                TlsProfile.builder().certificatePem(damaged, damaged),
                TlsProfile.builder().trust(file),
                TlsProfile.builder().trustPem(damaged),
                TlsProfile.builder().keyStore(file, "password".toCharArray()),
                TlsProfile.builder().trustStore(file, "password".toCharArray()))) {
            assertContainsNothingOfTheKey(assertThrows(IllegalArgumentException.class, builder::build));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "", " ", "\r\n"})
    @DisplayName("R31, R40 a key passed instead of its path is not echoed in any message as a name")
    void showsNothingOfAKeyInPlaceOfAPath(String lineEnd) {
        String key = EC.keyPem().replace("\n", lineEnd);
        Path path = Path.of(key);
        for (TlsProfileBuilder builder : List.of(
                TlsProfile.builder().certificate(EC.chainFile(), path),
                TlsProfile.builder().certificate(EC.chainFile(), directory.resolve(path)),
                TlsProfile.builder().certificate(path, path),
                TlsProfile.builder().trust(path),
                TlsProfile.builder().keyStore(path, "password".toCharArray()),
                TlsProfile.builder().trustStore(path, "password".toCharArray()))) {
            Exception refused = assertThrows(IllegalArgumentException.class, builder::build);
            assertContainsNothingOfTheKey(refused);
            assertTrue(String.valueOf(refused.getMessage()).contains("in place of the path"), refused.getMessage());
        }
    }

    @Test
    @DisplayName("R31, R40 no part of a randomly damaged key is in a message")
    void showsNothingOfARandomlyDamagedKey() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        String key = EC.keyPem();
        for (int i = 0; i < MUTATIONS; i++) {
            StringBuilder text = new StringBuilder(key);
            for (int change = random.nextInt(4); change >= 0; change--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(4)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.setCharAt(at, "-\n =:".charAt(random.nextInt(5)));
                    case 2 -> text.insert(at, "-----BEGIN ");
                    default -> text.insert(at, "-----");
                }
            }
            TlsProfileBuilder builder = TlsProfile.builder().certificatePem(EC.chainPem(), text.toString());
            try {
                builder.build();
            } catch (IllegalArgumentException refused) {
                assertContainsNothingOfTheKey(refused);
            } catch (RuntimeException other) {
                throw new AssertionError("seed " + seed, other);
            }
        }
    }

    private static void assertContainsNothingOfTheKey(Exception refused) {
        String secret = EC.keyPem().replaceAll("-----[^-]+-----", "").replace("\n", "");
        byte[] bytes = EC.key().getEncoded();
        Set<String> pieces = new HashSet<>();
        addPieces(pieces, secret);
        addPieces(pieces, new String(bytes, StandardCharsets.ISO_8859_1));
        addPieces(pieces, HexFormat.of().formatHex(Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length)));
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            String message = cause.toString();
            for (int i = 0; i + TOO_MUCH <= message.length(); i++) {
                String piece = message.substring(i, i + TOO_MUCH);
                assertFalse(pieces.contains(piece), () -> "a piece of the key is in: " + message);
            }
        }
    }

    private static void addPieces(Set<String> pieces, String secret) {
        for (int i = 0; i + TOO_MUCH <= secret.length(); i++) {
            pieces.add(secret.substring(i, i + TOO_MUCH));
        }
    }
}
