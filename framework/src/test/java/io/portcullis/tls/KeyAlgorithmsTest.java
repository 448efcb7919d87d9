// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.security.PrivateKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kind: a name that depends on the security provider. */
class KeyAlgorithmsTest {
    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    /** A key as a provider may have it that calls its algorithm otherwise. */
    private static PrivateKey called(String name, PrivateKey key) {
        return new PrivateKey() {
            private static final long serialVersionUID = 1;

            @Override
            public String getAlgorithm() {
                return name;
            }

            @Override
            public String getFormat() {
                return key.getFormat();
            }

            @Override
            public byte[] getEncoded() {
                return key.getEncoded();
            }
        };
    }

    @ParameterizedTest
    @CsvSource({"ec, ECDSA", "ec384, ECDSA", "rsa, rsa", "ed25519, Ed25519"})
    void aKeyIsTakenWhateverItsAlgorithmIsCalled(String certificate, String name) {
        TestCertificate of = TestCertificates.named(certificate);
        Assumptions.assumeTrue(TestEngine.isOfTheJdk() || !certificate.startsWith("ed"), "the JDK's engine only");
        TlsProfile server = TestEngine.use(TlsProfile.builder())
                .certificate(called(name, of.key()), of.certificate())
                .build();

        new FilterPair(TestCertificates.clientProfile().clientFilter("localhost", 443), server.serverFilter())
                .handshake();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec", "rsa", "ed25519", "rsa-pss"})
    void aKeyUnderItsStandardNameStaysAsItIs(String certificate) {
        PrivateKey key = TestCertificates.named(certificate).key();
        assertSame(key, KeyAlgorithms.standard(key));
        assertEquals(key.getAlgorithm(), KeyAlgorithms.standard(key.getAlgorithm()));
    }
}
