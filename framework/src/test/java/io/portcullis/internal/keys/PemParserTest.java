// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestPem;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Unknown content is not ignored. In a PEM file it is refused, and the message names the line. */
class PemParserTest {
    private static final String ONE = pem(TestCertificates.ec());
    private static final String TWO = pem(TestCertificates.authority());
    private static final String BOTH = ONE + TWO;
    private static final int END_OF_ONE = (int) ONE.lines().count();

    private static String pem(TestCertificate certificate) {
        try {
            return TestPem.block("CERTIFICATE", certificate.certificate().getEncoded());
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<X509Certificate> read(String text) {
        return Pem.parse("bundle.pem", text).certificates();
    }

    static Stream<Arguments> accepted() {
        return Stream.of(
                Arguments.of("as it is", BOTH),
                Arguments.of("with Windows line ends", BOTH.replace("\n", "\r\n")),
                Arguments.of("with old Mac line ends", BOTH.replace("\n", "\r")),
                Arguments.of("indented, with trailing blanks", BOTH.replaceAll("(?m)^(.+)$", "   $1 \t")),
                Arguments.of(
                        "with text around",
                        "Bag Attributes\n  friendlyName: the end - begin\n" + ONE
                                + "# ---- the authority ----\nsubject=CN = begin here\n" + TWO + "the end\n"),
                Arguments.of("with a byte order mark", "\u00ef\u00bb\u00bf" + BOTH),
                Arguments.of("without a last line end", BOTH.strip()),
                Arguments.of("with blank lines inside", BOTH.replaceFirst("-----\n", "-----\n\n")),
                Arguments.of("in lines of another length", BOTH.replaceAll("([A-Za-z0-9+/=]{32})", "$1\n")),
                Arguments.of(
                        "with keys and parameters between",
                        ONE + TestPem.curveBlock() + TestCertificates.ec().keyPem() + TWO));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accepted")
    void readsEachCertificate(String how, String text) {
        assertEquals(
                List.of(
                        TestCertificates.ec().certificate(),
                        TestCertificates.authority().certificate()),
                read(text));
    }

    static Stream<Arguments> refused() {
        String one = ONE.strip();
        return Stream.of(
                Arguments.of("END and BEGIN on one line", one + TWO, END_OF_ONE),
                Arguments.of("no END", ONE.replace("-----END CERTIFICATE-----\n", "") + TWO, END_OF_ONE),
                Arguments.of("no BEGIN", BOTH.replaceFirst("-----BEGIN CERTIFICATE-----\n", ""), END_OF_ONE - 1),
                Arguments.of("no second BEGIN", ONE + TWO.replaceFirst("-----BEGIN CERTIFICATE-----\n", ""), null),
                Arguments.of("text before BEGIN", ONE + "x" + TWO, END_OF_ONE + 1),
                Arguments.of("text after BEGIN", BOTH.replaceFirst("ATE-----\n", "ATE-----"), 1),
                Arguments.of("text after END", one + " # the leaf\n" + TWO, END_OF_ONE),
                Arguments.of("text before END", BOTH.replaceFirst("\n-----END", "-----END"), END_OF_ONE - 1),
                Arguments.of("too few dashes", ONE + TWO.replaceFirst("-----BEGIN", "----BEGIN"), END_OF_ONE + 1),
                Arguments.of("too few trailing dashes", ONE + TWO.replaceFirst("ATE-----", "ATE---"), END_OF_ONE + 1),
                Arguments.of("no leading dashes", ONE + TWO.replaceFirst("-----BEGIN", "BEGIN"), END_OF_ONE + 1),
                Arguments.of("small letters", ONE + TWO.replace("BEGIN", "begin"), END_OF_ONE + 1),
                Arguments.of("another END", ONE.replace("END CERT", "END X509 CERT") + TWO, END_OF_ONE),
                Arguments.of("a comment inside", ONE.replaceFirst("-----\n", "-----\n# leaf\n") + TWO, 2),
                Arguments.of(
                        "a header after data", ONE.replaceFirst("\n-----END", "\nName: x\n-----END") + TWO, END_OF_ONE),
                Arguments.of("a mark inside", BOTH.replaceFirst("-----\nM", "-----\n!"), 2),
                Arguments.of("data after its end", ONE.replaceFirst("-----\nM", "-----\n=\nM"), null),
                Arguments.of(
                        "another form of certificate", ONE + TWO.replace("CERTIFICATE", "TRUSTED CERTIFICATE"), null),
                Arguments.of("PKCS #7", ONE + TWO.replace("CERTIFICATE", "PKCS7"), null),
                Arguments.of("an unknown label", ONE + TWO.replace("CERTIFICATE", "CERTIFICAT"), null),
                Arguments.of("two in one block", twoInOneBlock(), null));
    }

    private static String twoInOneBlock() {
        try {
            byte[] first = TestCertificates.ec().certificate().getEncoded();
            byte[] second = TestCertificates.authority().certificate().getEncoded();
            byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return TestPem.block("CERTIFICATE", both);
        } catch (java.security.GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void refusesUnsupportedContent(String what, String text, Integer line) {
        String message = String.valueOf(
                assertThrows(IllegalArgumentException.class, () -> read(text)).getMessage());
        assertTrue(message.startsWith("TlsProfile: ") && message.contains("bundle.pem"), message);
        assertTrue(line == null || message.contains("line " + line + " of"), () -> "line " + line + ": " + message);
    }

    @Test
    void readsAllOrRefusesWhereverItIsCut() {
        byte[] text = BOTH.getBytes(StandardCharsets.US_ASCII);
        for (int length = 0; length < text.length; length++) {
            String cut = new String(text, 0, length, StandardCharsets.US_ASCII);
            boolean betweenBlocks = cut.strip().equals(ONE.strip());
            if (betweenBlocks) {
                assertEquals(1, read(cut).size());
            } else if (!cut.strip().equals(BOTH.strip())) {
                assertThrows(IllegalArgumentException.class, () -> read(cut), cut);
            }
        }
    }

    @Test
    void readsAllOrRefusesWhereverItBegins() {
        int second = ONE.length();
        for (int begin = 1; begin < BOTH.length(); begin++) {
            String cut = BOTH.substring(begin);
            boolean nothingOfTheFirst = begin >= second - 1 && begin <= second;
            if (nothingOfTheFirst) {
                assertEquals(1, read(cut).size());
            } else {
                assertThrows(IllegalArgumentException.class, () -> read(cut), cut);
            }
        }
    }

    @Test
    void neverDropsACertificateForALineThatIsLostOrJoined() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> lines = BOTH.lines().toList();
        for (int i = 0; i < 500; i++) {
            int at = random.nextInt(lines.size() - 1);
            boolean joined = random.nextBoolean();
            StringBuilder text = new StringBuilder();
            for (int line = 0; line < lines.size(); line++) {
                if (line != at || joined) {
                    text.append(lines.get(line)).append(line == at ? "" : "\n");
                }
            }
            try {
                assertEquals(2, read(text.toString()).size(), () -> "seed " + seed + ", line " + at + ":\n" + text);
            } catch (IllegalArgumentException refused) {
                assertTrue(String.valueOf(refused.getMessage()).contains("bundle.pem"), refused::getMessage);
            }
        }
    }
}
