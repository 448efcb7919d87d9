// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PrivateKeyFormsTest {
    private static final char[] PASSWORD = TestCertificate.PASSWORD.toCharArray();

    @TempDir
    Path directory;

    static Stream<TestCertificate> keyTypes() {
        return Stream.of(
                TestCertificates.ec(), TestCertificates.rsa(), TestCertificates.ed25519(), TestCertificates.rsaPss());
    }

    static Stream<TestCertificate> traditionalKeyTypes() {
        return Stream.of(TestCertificates.ec(), TestCertificates.rsa());
    }

    static Stream<Arguments> surroundings() {
        String key = TestCertificates.ec().keyPem();
        String chain = TestCertificates.ec().chainPem();
        return Stream.of(
                Arguments.of("CRLF", (key + chain).replace("\n", "\r\n")),
                Arguments.of("key before certificate", key + chain),
                Arguments.of("certificate before key", chain + key),
                Arguments.of("text around", "Bag Attributes\n  name: x\n" + key + "subject=CN\n" + chain + "end"),
                Arguments.of("a byte order mark", "\ufeff" + chain + key),
                Arguments.of("indented", (chain + key).replaceAll("(?m)^", "    ")),
                Arguments.of("no final line end", (chain + key).strip()),
                Arguments.of(
                        "a second key", chain + key + TestCertificates.rsa().keyPem()));
    }

    @ParameterizedTest
    @MethodSource("keyTypes")
    void servesWithPlainPkcs8(TestCertificate certificate) throws IOException {
        assertServes(certificate, TlsProfile.builder().certificate(certificate.chainFile(), certificate.keyFile()));
        assertServes(certificate, TlsProfile.builder().certificatePem(certificate.chainPem(), certificate.keyPem()));
    }

    @ParameterizedTest
    @MethodSource("keyTypes")
    void servesWithEncryptedPkcs8(TestCertificate certificate) throws IOException {
        String key = Files.readString(certificate.encryptedKeyFile());

        assertServes(
                certificate,
                TlsProfile.builder().certificate(certificate.chainFile(), certificate.encryptedKeyFile(), PASSWORD));
        assertServes(certificate, TlsProfile.builder().certificatePem(certificate.chainPem(), key, PASSWORD));
    }

    @ParameterizedTest
    @MethodSource("traditionalKeyTypes")
    void servesWithTheTraditionalForms(TestCertificate certificate) throws IOException {
        assertServes(
                certificate,
                TlsProfile.builder().certificate(certificate.chainFile(), certificate.traditionalKeyFile()));
    }

    @Test
    void servesWithAnEcKeyPrecededByItsCurve() throws IOException {
        TestCertificate ec = TestCertificates.ec();
        String key = TestPem.curveBlock() + TestPem.sec1WithoutCurve(ec.key());

        assertServes(ec, TlsProfile.builder().certificatePem(ec.chainPem(), key));
    }

    @ParameterizedTest
    @MethodSource("keyTypes")
    void servesWithAKeyStore(TestCertificate certificate) throws IOException {
        assertServes(certificate, TlsProfile.builder().keyStore(certificate.keyStoreFile(), PASSWORD));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("surroundings")
    void readsCertificateAndKeyOutOfOneFile(String name, String text) throws IOException {
        Path file = Files.writeString(directory.resolve("both.pem"), text);

        assertServes(TestCertificates.ec(), TlsProfile.builder().certificate(file, file));
    }

    @Test
    void ignoresAPasswordThatIsNotNeeded() throws IOException {
        TestCertificate ec = TestCertificates.ec();

        assertServes(ec, TlsProfile.builder().certificate(ec.chainFile(), ec.keyFile(), PASSWORD));
    }

    @Test
    void copiesThePasswordSoThatTheCallerMayEraseIt() throws IOException {
        TestCertificate ec = TestCertificates.ec();
        char[] mine = PASSWORD.clone();
        TlsProfileBuilder builder = TlsProfile.builder()
                .certificate(ec.chainFile(), ec.encryptedKeyFile(), mine)
                .keyStore(ec.keyStoreFile(), mine);
        Arrays.fill(mine, '\0');

        assertServes(ec, builder);
    }

    @Test
    void readsTheFilesAgainWhenBuiltAgain() throws IOException {
        Path file = directory.resolve("renewed.pem");
        Files.writeString(
                file, TestCertificates.ec().chainPem() + TestCertificates.ec().keyPem());
        TlsProfileBuilder builder = TlsProfile.builder().certificate(file, file);
        assertServes(TestCertificates.ec(), builder);

        Files.writeString(
                file, TestCertificates.rsa().chainPem() + TestCertificates.rsa().keyPem());

        assertServes(TestCertificates.rsa(), builder);
    }

    @Test
    void trustsABundleAndAText() throws IOException {
        Path bundle = Files.writeString(
                directory.resolve("bundle.pem"),
                TestCertificates.other().chainPem() + TestCertificates.ec().chainPem());
        List<TlsProfileBuilder> clients = List.of(
                TlsProfile.builder().trust(bundle),
                TlsProfile.builder().trustPem(Files.readString(bundle)),
                TlsProfile.builder().trust(TestCertificates.ec().certificate()));

        for (TlsProfileBuilder client : clients) {
            EnginePair.of(client.build(), TestCertificates.ec().serverProfile()).handshake();
        }
    }

    private static void assertServes(TestCertificate expected, TlsProfileBuilder server) throws IOException {
        EnginePair pair = EnginePair.of(TestCertificates.clientProfile(), server.build());

        assertEquals(expected.certificate(), pair.handshake().certificateThatTheClientSaw());
    }
}
