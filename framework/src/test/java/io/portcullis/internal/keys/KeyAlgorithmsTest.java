// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.FilterPair;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestEngine;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The names of algorithms must not depend on the security provider. */
class KeyAlgorithmsTest {
    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    /** A key of a provider that uses another name for its algorithm. */
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
    @CsvSource({
        "ec, ECDSA",
        "ec384, ECDSA",
        "rsa, rsa",
        "ed25519, Ed25519",
        "ed25519, 1.3.101.112",
        "rsa-pss, RSASSAPSS"
    })
    void aKeyIsAcceptedForAnyNameOfItsAlgorithm(String certificate, String name) {
        TestCertificate of = TestCertificates.named(certificate);
        Assumptions.assumeTrue(
                TestEngine.isOfTheJdk() || !(certificate.startsWith("ed") || certificate.endsWith("pss")),
                "the JDK's engine only");
        TlsProfile server = TestEngine.use(TlsProfile.builder())
                .certificate(called(name, of.key()), of.certificate())
                .build();

        new FilterPair(TestCertificates.clientProfile().clientFilter("localhost", 443), server.serverFilter())
                .handshake();
    }

    /** A certificate as parsed when such a provider comes first. */
    private static X509Certificate called(String name, X509Certificate certificate) {
        PublicKey key = certificate.getPublicKey();
        return new RenamedCertificate(certificate, new PublicKey() {
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
        });
    }

    @ParameterizedTest
    @CsvSource({
        "ec, ECDSA",
        "ec, 1.2.840.10045.2.1",
        "rsa, rsa",
        "rsa-pss, RSASSAPSS",
        "rsa-pss, 1.2.840.113549.1.1.10",
        "ed25519, Ed25519",
        "ed25519, 1.3.101.112"
    })
    void aCertificateIsPresentedForAnyNameOfItsKeyAlgorithm(String certificate, String name) {
        TestCertificate of = TestCertificates.named(certificate);
        boolean everywhere = certificate.equals("ec") || certificate.equals("rsa");
        Assumptions.assumeTrue(TestEngine.isOfTheJdk() || everywhere, "the JDK's engine only");
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            TlsProfile server = TestEngine.use(TlsProfile.builder())
                    .certificate(of.key(), called(name, of.certificate()))
                    .protocols(protocol)
                    .build();
            new FilterPair(TestCertificates.clientProfile().clientFilter("localhost", 443), server.serverFilter())
                    .handshake();
            assertEquals(List.of(of.certificate()), server.certificates());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ed25519", "Ed448"})
    void anEdwardsCurveIsNoAlgorithmOfItsOwn(String curve) throws Exception {
        PrivateKey key = KeyPairGenerator.getInstance(curve).generateKeyPair().getPrivate();
        PrivateKey same = KeyAlgorithms.standard(called(curve, key));
        assertEquals(KeyKind.EDDSA, same.getAlgorithm());
        assertArrayEquals(key.getEncoded(), same.getEncoded());
    }

    @ParameterizedTest
    @ValueSource(strings = {"X25519", "XDH", "1.3.101.110"})
    void aKeyThatSignsNothingIsRefused(String name) throws Exception {
        PrivateKey key = called(
                name, KeyPairGenerator.getInstance("X25519").generateKeyPair().getPrivate());
        TlsProfileBuilder builder =
                TlsProfile.builder().certificate(key, TestCertificates.ec().certificate());
        String refusal = String.valueOf(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
        assertTrue(refusal.contains("is a " + name + " key, which TLS cannot sign with"), refusal);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ec", "rsa", "ed25519", "rsa-pss"})
    void aKeyUnderItsStandardNameStaysAsItIs(String certificate) {
        PrivateKey key = TestCertificates.named(certificate).key();
        X509Certificate same = TestCertificates.named(certificate).certificate();
        assertSame(key, KeyAlgorithms.standard(key));
        assertSame(same, KeyAlgorithms.standard(same));
        assertEquals(key.getAlgorithm(), KeyAlgorithms.standard(key.getAlgorithm()));
    }
}
