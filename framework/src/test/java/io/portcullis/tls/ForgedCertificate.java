// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.Der;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;

/** Makes certificates (EC, P-256, for localhost) that keytool would not: valid for seconds, or with any name. */
public final class ForgedCertificate {
    private static final KeyPair KEYS = keys();
    static final int BIT_STRING = 0x03;
    private static final int GENERALIZED_TIME = 0x18;
    private static final byte[] VERSION_3 = Der.write(0xa0, Der.write(Der.INTEGER, new byte[] {2}));
    static final byte[] ECDSA_WITH_SHA256 = Der.write(Der.SEQUENCE, oid("2a8648ce3d040302"));
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMddHHmmss'Z'").withZone(ZoneOffset.UTC);

    private ForgedCertificate() {}

    /** The key of all certificates made here. */
    static PrivateKey key() {
        return KEYS.getPrivate();
    }

    /** Signed by {@link TestCertificates#authority()}. */
    static X509Certificate issued(String commonName, Instant from, Instant until) {
        TestCertificate authority = TestCertificates.authority();
        return make(commonName, from, until, authority.certificate().getSubjectX500Principal(), authority.key());
    }

    /** The same, with the address of a certificate revocation list (RFC 5280, 4.2.1.13). */
    static X509Certificate issued(String commonName, Instant from, Instant until, String listedAt) {
        TestCertificate authority = TestCertificates.authority();
        byte[] uri = Der.write(0x86, listedAt.getBytes(StandardCharsets.US_ASCII));
        byte[] points = Der.write(Der.SEQUENCE, Der.write(Der.SEQUENCE, Der.write(0xa0, Der.write(0xa0, uri))));
        return make(
                commonName,
                from,
                until,
                authority.certificate().getSubjectX500Principal(),
                authority.key(),
                Der.write(Der.SEQUENCE, oid("551d1f"), Der.write(Der.OCTET_STRING, points)));
    }

    /** Signed by its own key. */
    public static X509Certificate selfSigned(String commonName, Instant from, Instant until) {
        return make(commonName, from, until, new X500Principal("CN=" + commonName), key());
    }

    private static X509Certificate make(
            String commonName,
            Instant from,
            Instant until,
            X500Principal issuer,
            PrivateKey issuersKey,
            byte[]... extensions) {
        byte[] localhost = Der.write(0x82, "localhost".getBytes(StandardCharsets.US_ASCII));
        byte[] names =
                Der.write(Der.SEQUENCE, oid("551d11"), Der.write(Der.OCTET_STRING, Der.write(Der.SEQUENCE, localhost)));
        List<byte[]> all = new ArrayList<>(List.of(extensions));
        all.add(names);
        byte[] body = Der.write(
                Der.SEQUENCE,
                VERSION_3,
                Der.write(Der.INTEGER, BigInteger.valueOf(System.nanoTime()).toByteArray()),
                ECDSA_WITH_SHA256,
                issuer.getEncoded(),
                Der.write(Der.SEQUENCE, time(from), time(until)),
                new X500Principal("CN=" + commonName).getEncoded(),
                KEYS.getPublic().getEncoded(),
                Der.write(0xa3, Der.write(Der.SEQUENCE, all.toArray(byte[][]::new))));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(issuersKey);
            signature.update(body);
            byte[] whole = Der.write(
                    Der.SEQUENCE, body, ECDSA_WITH_SHA256, Der.write(BIT_STRING, new byte[1], signature.sign()));
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(whole));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static byte[] time(Instant instant) {
        return Der.write(GENERALIZED_TIME, TIME.format(instant).getBytes(StandardCharsets.US_ASCII));
    }

    static byte[] oid(String hex) {
        return Der.write(Der.OBJECT_IDENTIFIER, HexFormat.of().parseHex(hex));
    }

    private static KeyPair keys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
