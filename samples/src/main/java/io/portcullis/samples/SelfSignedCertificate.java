// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate with its private key, issued for the loopback names of this machine or for other names; both exist in
 * memory only. Bouncy Castle builds the certificate, the JDK's own providers generate the key and the signature.
 *
 * @param key an EC key on P-256
 * @param certificate valid from one hour ago for 90 days, for servers and clients
 */
public record SelfSignedCertificate(PrivateKey key, X509Certificate certificate) {
    private static final Duration LIFETIME = Duration.ofDays(90);
    private static final int SERIAL_BITS = 127;

    /**
     * Generates a key and a certificate.
     *
     * @param clock supplies the current time
     * @param names the DNS names of the certificate, the first of which is also the common name; if none is given, the
     *     certificate is issued for {@code localhost}, {@code 127.0.0.1} and {@code ::1}
     * @return a new certificate, different each time
     * @throws IllegalStateException if this JDK does not support EC keys on P-256 or SHA256withECDSA
     */
    public static SelfSignedCertificate create(Clock clock, String... names) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return new SelfSignedCertificate(pair.getPrivate(), sign(pair, clock.instant(), names));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException(
                    "this JDK cannot create a self-signed EC certificate; use --cert and --key", e);
        }
    }

    private static X509Certificate sign(KeyPair pair, Instant now, String... names)
            throws GeneralSecurityException, OperatorCreationException, IOException {
        String commonName = names.length == 0 ? "localhost" : names[0];
        X500Name name = new X500Name("O=Portcullis samples, CN=" + commonName);
        Instant from = now.minus(Duration.ofHours(1));
        BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name, serial, Date.from(from), Date.from(from.plus(LIFETIME)), name, pair.getPublic());
        builder.addExtension(Extension.subjectAlternativeName, false, alternatives(names));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        KeyPurposeId[] purposes = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
    }

    private static GeneralNames alternatives(String... names) {
        if (names.length == 0) {
            return new GeneralNames(new GeneralName[] {
                new GeneralName(GeneralName.dNSName, "localhost"),
                new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
                new GeneralName(GeneralName.iPAddress, "::1")
            });
        }
        return new GeneralNames(Stream.of(names)
                .map(name -> new GeneralName(GeneralName.dNSName, name))
                .toArray(GeneralName[]::new));
    }
}
