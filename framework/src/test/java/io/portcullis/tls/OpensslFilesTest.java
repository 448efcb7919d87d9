// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files written by openssl itself. Skipped if it is not installed. */
class OpensslFilesTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir
    Path directory;

    @BeforeAll
    static void needsOpenssl() {
        boolean found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "openssl")));
        Assumptions.assumeTrue(found, "no openssl on the PATH");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rsa -pkeyopt rsa_keygen_bits:2048",
                "ec -pkeyopt ec_paramgen_curve:P-256",
                "ec -pkeyopt ec_paramgen_curve:P-384",
                "ed25519",
                "rsa-pss -pkeyopt rsa_keygen_bits:2048"
            })
    void servesWithPlainAndEncryptedKeys(String algorithm) throws Exception {
        openssl("genpkey -algorithm " + algorithm + " -out key.pem");
        certify();
        openssl("pkcs8 -topk8 -in key.pem -out encrypted.pem -passout pass:secret");
        openssl("pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA512 -in key.pem -out aes128.pem -passout pass:secret");

        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("key.pem")));
        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("encrypted.pem"), PASSWORD));
        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("aes128.pem"), PASSWORD));
    }

    @Test
    void servesWithTraditionalKeys() throws Exception {
        openssl("ecparam -name prime256v1 -genkey -out key.pem");
        certify();
        assertTrue(Files.readString(file("key.pem")).contains("EC PARAMETERS"));
        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("key.pem")));

        openssl("genpkey -algorithm rsa -out pkcs8.pem");
        openssl("pkey -in pkcs8.pem -traditional -out key.pem");
        certify();
        assertTrue(Files.readString(file("key.pem")).contains("RSA PRIVATE KEY"));
        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("key.pem")));
    }

    @Test
    void servesWithAKeyStore() throws Exception {
        openssl("ecparam -name prime256v1 -genkey -out key.pem");
        certify();
        openssl("pkcs12 -export -in cert.pem -inkey key.pem -out server.p12 -passout pass:secret");

        assertServes(TlsProfile.builder().keyStore(file("server.p12"), PASSWORD));
    }

    @Test
    void namesTheCommandThatReallyConvertsALegacyKey() throws Exception {
        openssl("genpkey -algorithm rsa -out pkcs8.pem");
        openssl("pkey -in pkcs8.pem -traditional -aes128 -out key.pem -passout pass:secret");
        openssl("req -x509 -new -key pkcs8.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -out cert.pem");

        TlsProfileBuilder legacy = TlsProfile.builder().certificate(file("cert.pem"), file("key.pem"), PASSWORD);
        String help = String.valueOf(
                assertThrows(IllegalArgumentException.class, legacy::build).getMessage());
        String command = help.substring(help.indexOf("'openssl ") + 9, help.lastIndexOf('\''));
        openssl(command + " -passin pass:secret -passout pass:secret");

        assertServes(TlsProfile.builder().certificate(file("cert.pem"), file("new-key.pem"), PASSWORD));
    }

    @Test
    void explainsHowToConvertAnEncryptionThatTheJdkLacks() throws Exception {
        openssl("ecparam -name prime256v1 -genkey -out key.pem");
        certify();
        openssl("pkcs8 -topk8 -scrypt -in key.pem -out scrypt.pem -passout pass:secret");

        TlsProfileBuilder builder = TlsProfile.builder().certificate(file("cert.pem"), file("scrypt.pem"), PASSWORD);
        String help = String.valueOf(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());

        assertTrue(help.contains("openssl pkcs8 -topk8 -v2 aes-256-cbc"), help);
    }

    private void certify() throws Exception {
        openssl("req -x509 -new -key key.pem -subj /CN=localhost -addext subjectAltName=DNS:localhost -out cert.pem");
    }

    private void assertServes(TlsProfileBuilder server) throws IOException {
        TlsProfile client = TlsProfile.builder().trust(file("cert.pem")).build();
        TlsProfile profile = server.build();

        EnginePair pair = EnginePair.of(client, profile).handshake();

        assertEquals(profile.certificates().get(0), pair.certificateThatTheClientSaw());
    }

    private Path file(String name) {
        return directory.resolve(name);
    }

    private void openssl(String arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments.split(" ")));
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
    }
}
