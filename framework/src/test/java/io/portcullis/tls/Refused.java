// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A refused configuration.
 *
 * @param name of the test
 * @param settings the calls of the builder
 * @param expected what the message contains
 */
record Refused(String name, UnaryOperator<TlsProfileBuilder> settings, List<String> expected) {
    static final String WRONG_PASSWORD = "wrong-password-0815";

    static Refused refused(String name, UnaryOperator<TlsProfileBuilder> settings, String... expected) {
        return new Refused(name, settings, List.of(expected));
    }

    /** The message, and those of its causes, contain the expected text, and no password and no key. */
    void check() {
        TlsProfileBuilder builder = settings.apply(TlsProfile.builder());

        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, builder::build);

        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.startsWith("TlsProfile: "), message);
        for (String part : expected) {
            assertTrue(message.contains(part), message);
        }
        for (Throwable cause = refusal; cause != null; cause = cause.getCause()) {
            assertNoSecretIn(String.valueOf(cause.getMessage()));
        }
    }

    static void assertNoSecretIn(String text) {
        assertFalse(text.contains(TestCertificate.PASSWORD), text);
        assertFalse(text.contains(WRONG_PASSWORD), text);
        for (TestCertificate certificate : List.of(TestCertificates.ec(), TestCertificates.rsa())) {
            certificate.keyPem().lines().filter(line -> !line.startsWith("---")).forEach(line -> {
                assertFalse(text.contains(line), text);
            });
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
