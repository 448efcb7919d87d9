// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code MutualTls}: clients with a trusted certificate are greeted by name; all others are refused. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class MutualTlsIT {
    private static final char[] PASSWORD = "password".toCharArray();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("MutualTls", "--port", "0", "--write-to", directory.toString());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void greetsTheSubjectOfTheCertificate() throws Exception {
        Certificate certificate;
        try (var file = Files.newInputStream(directory.resolve("alice.pem"))) {
            certificate = CertificateFactory.getInstance("X.509").generateCertificate(file);
        }
        String pem = Files.readString(directory.resolve("alice-key.pem"));
        byte[] encoded = Base64.getMimeDecoder()
                .decode(pem.replaceAll("-----.*-----", "").getBytes(US_ASCII));
        PrivateKey key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        assertEquals("Hello, CN=alice,O=Portcullis testkit\n", ask(presenting(key, certificate)));
    }

    @Test
    void refusesAStranger() {
        SelfSignedCertificate stranger = SelfSignedCertificate.create("alice");
        assertThrows(IOException.class, () -> ask(presenting(stranger.key(), stranger.certificate())));
    }

    @Test
    void refusesAClientWithoutACertificate() {
        assertThrows(IOException.class, () -> ask(Wire.trustingAll()));
    }

    @Test
    void greetsCurl() throws Exception {
        Command.assumeInstalled("curl");
        String url = "https://127.0.0.1:" + server.port("tls") + "/";
        Command known = Command.run(List.of(
                "curl",
                "-sSk",
                "-m",
                "30",
                "--cert",
                directory.resolve("alice.pem").toString(),
                "--key",
                directory.resolve("alice-key.pem").toString(),
                url));
        assertEquals("Hello, CN=alice,O=Portcullis testkit\n", known.out(), known.err());
        Command unknown = Command.run(List.of("curl", "-sSk", "-m", "30", url));
        assertEquals("", unknown.out());
        assertEquals(56, unknown.exit(), unknown.err()); // receiving failed: TLS 1.3 reports it after the handshake
    }

    private static String ask(SSLContext context) throws IOException {
        try (SSLSocket socket = Fetch.secured(context, server.address("tls"), "localhost")) {
            return Fetch.page(socket);
        }
    }

    private static SSLContext presenting(PrivateKey key, Certificate certificate) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("client", key, PASSWORD, new Certificate[] {certificate});
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        return Wire.trustingAll(keys.getKeyManagers());
    }
}
