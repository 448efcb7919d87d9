// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import io.portcullis.Connection;
import io.portcullis.ConnectionLog;
import io.portcullis.Gate;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole sessions, with everything logged that can be, except the bytes on the wire; and the secrets that must not be in
 * the log, in any form.
 */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
class SecretsTest {
    private static final String PLAINTEXT = "my cat's name is Schroedinger";

    /** The number of the peer's bytes that may be shown, to identify the protocol. */
    private static final int SHOWN_OF_PEERS = 16;

    /** Not even this many bytes of a key or a password may be shown. */
    private static final int TOO_MUCH = 8;

    private static final Pattern HEX = Pattern.compile("(?:[0-9a-fA-F]{2}[ :,]?){" + TOO_MUCH + ",}");
    private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_-]{10,}");

    private final CapturedLog log = CapturedLog.at(Level.TRACE);

    @AfterEach
    void restore() {
        log.close();
    }

    private static TlsProfile server(String protocol) {
        TestCertificate certificate = TestCertificates.ec();
        return TestCertificates.serverBuilder()
                .certificate(
                        certificate.chainFile(), certificate.encryptedKeyFile(), TestCertificate.PASSWORD.toCharArray())
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .protocols(protocol)
                .build();
    }

    private static SSLContext client() {
        TestCertificate own = TestCertificates.client();
        return TestCertificates.contextOf(TestCertificates.jdkClientBuilder()
                .certificate(own.chainFile(), own.keyFile())
                .build());
    }

    /** What was on the wire. */
    private static byte[] exchange(Rig rig, SSLContext context) throws IOException {
        try (RecordingSocket wire = new RecordingSocket(rig.port());
                SSLSocket socket =
                        (SSLSocket) context.getSocketFactory().createSocket(wire, "localhost", rig.port(), true)) {
            byte[] sent = PLAINTEXT.getBytes(StandardCharsets.US_ASCII);
            socket.getOutputStream().write(sent);
            assertEquals(
                    PLAINTEXT, new String(socket.getInputStream().readNBytes(sent.length), StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            assertEquals(-1, socket.getInputStream().read());
            return wire.recorded();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R31 no log line contains a key, a password, a ticket or plaintext")
    void nothingSecretIsLogged(String protocol) throws Exception {
        List<byte[]> wires = new ArrayList<>();
        try (Rig rig = new Rig(
                Gate.tls(server(protocol)),
                () -> Connection::write,
                settings -> settings.logContext().connectionLog(peer -> ConnectionLog.handshakes()))) {
            SSLContext client = client();
            for (int i = 0; i < 3; i++) {
                wires.add(exchange(rig, client));
                rig.nextEnd();
            }
        }
        Logged logged = new Logged(log);
        assertTrue(logged.text.contains("secured: " + protocol), logged.text);
        assertTrue(logged.text.contains("resumed"), "sessions are resumed: tickets have been sent");
        logged.assertWithout("the plaintext", PLAINTEXT.getBytes(StandardCharsets.US_ASCII), TOO_MUCH);
        logged.assertWithout("the password", TestCertificate.PASSWORD.getBytes(StandardCharsets.US_ASCII), TOO_MUCH);
        logged.assertWithout("the server's key", secretOf(TestCertificates.ec()), TOO_MUCH);
        logged.assertWithout("the client's key", secretOf(TestCertificates.client()), TOO_MUCH);
        for (byte[] wire : wires) {
            logged.assertWithout("the bytes on the wire", wire, SHOWN_OF_PEERS + 1);
        }
    }

    /** The second half of the key's bytes: the first half has parts that all keys of its kind share. */
    private static byte[] secretOf(TestCertificate certificate) {
        byte[] encoded = certificate.key().getEncoded();
        return Arrays.copyOfRange(encoded, encoded.length / 2, encoded.length);
    }

    @Test
    @DisplayName("R31 an error does not contain the wrong password")
    void refusalsKeepThePassword() {
        TestCertificate certificate = TestCertificates.ec();
        String wrong = "not-the-password-0815";
        Exception refused = assertThrows(
                Exception.class,
                () -> TlsProfile.builder()
                        .certificate(certificate.chainFile(), certificate.encryptedKeyFile(), wrong.toCharArray())
                        .build());
        for (Throwable cause = refused; cause != null; cause = cause.getCause()) {
            assertFalse(cause.toString().contains(wrong), cause::toString);
        }
    }

    @Test
    void theSearchFindsSecretsInEveryForm() {
        byte[] secret = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");
        for (String form : List.of(
                HexFormat.of().formatHex(secret),
                HexFormat.ofDelimiter(" ").withUpperCase().formatHex(secret),
                HexFormat.ofDelimiter(":").formatHex(secret),
                Base64.getEncoder().encodeToString(secret),
                Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOfRange(secret, 2, 16)),
                new String(secret, StandardCharsets.ISO_8859_1))) {
            Logged logged = new Logged("begin=" + form + " end");
            assertThrows(AssertionError.class, () -> logged.assertWithout("it", secret, TOO_MUCH), form);
        }
        new Logged("contains none of it").assertWithout("it", secret, TOO_MUCH);
    }

    /** The log, and every form in which bytes may be hidden in it. */
    private static final class Logged {
        private final String text;
        private final List<String> forms = new ArrayList<>();

        Logged(CapturedLog log) {
            this(String.join("\n", log.events().stream().map(Logged::whole).toList()));
        }

        Logged(String text) {
            this.text = text;
            forms.add(text);
            Matcher hex = HEX.matcher(text);
            while (hex.find()) {
                String digits = hex.group().replaceAll("[^0-9a-fA-F]", "");
                forms.add(latin(HexFormat.of().parseHex(digits)));
            }
            Matcher base64 = BASE64.matcher(text);
            while (base64.find()) {
                String run = base64.group().replace('-', '+').replace('_', '/');
                for (int shift = 0; shift < 4; shift++) {
                    int length = run.length() - shift;
                    forms.add(latin(Base64.getDecoder()
                            .decode(run.substring(shift, shift + length - (length % 4 == 1 ? 1 : 0)))));
                }
            }
        }

        private static String whole(ILoggingEvent event) {
            return event.getLoggerName() + " " + event.getFormattedMessage() + " " + event.getMDCPropertyMap() + " "
                    + (event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy()));
        }

        private static String latin(byte[] bytes) {
            return new String(bytes, StandardCharsets.ISO_8859_1);
        }

        /** No piece of the secret of this length is in any form in the log. */
        void assertWithout(String what, byte[] secret, int length) {
            Set<String> pieces = new HashSet<>();
            for (int i = 0; i + length <= secret.length; i++) {
                pieces.add(latin(Arrays.copyOfRange(secret, i, i + length)));
            }
            for (String form : forms) {
                for (int i = 0; i + length <= form.length(); i++) {
                    assertFalse(pieces.contains(form.substring(i, i + length)), () -> what + " is in " + text);
                }
            }
        }
    }
}
