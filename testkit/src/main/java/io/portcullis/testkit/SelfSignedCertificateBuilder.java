// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
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
 * Builds a {@link SelfSignedCertificate}. Bouncy Castle encodes the certificate; the JDK's own providers generate the
 * key and the signature, and no security provider is installed. Not thread-safe.
 */
public final class SelfSignedCertificateBuilder {
    private static final String ORGANIZATION = "Portcullis testkit";
    private static final Duration BACKDATED = Duration.ofHours(1);
    private static final int SERIAL_BITS = 127;
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern DNS_NAME = Pattern.compile(
            "(\\*\\.)?[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*");

    private List<GeneralName> names = generalNames("localhost", "127.0.0.1", "::1");
    private String commonName = "localhost";
    private KeyType keyType = KeyType.EC_P256;
    private Duration validity = Duration.ofDays(90);
    private Clock clock = Clock.systemUTC();

    SelfSignedCertificateBuilder() {}

    /**
     * Sets the names that the certificate is for, instead of those of this machine's loopback interface. They become
     * the subjectAltName; the first one also becomes the common name.
     *
     * @param several DNS names in ASCII, also with {@code *} as their first label, and IP addresses without brackets;
     *     at least one
     * @return this builder
     * @throws IllegalArgumentException if there is none, or one is neither a DNS name nor an IP address
     */
    public SelfSignedCertificateBuilder names(String... several) {
        if (several.length == 0) {
            throw new IllegalArgumentException("a certificate needs at least one name");
        }
        names = generalNames(several);
        commonName = several[0];
        return this;
    }

    /**
     * Sets the type of the key; {@link KeyType#EC_P256} by default.
     *
     * @param type the type
     * @return this builder
     */
    public SelfSignedCertificateBuilder keyType(KeyType type) {
        keyType = Objects.requireNonNull(type, "type");
        return this;
    }

    /**
     * Sets how long the certificate is valid from now on; 90 days by default. The validity begins an hour before, for
     * peers whose clocks are slow.
     *
     * @param fromNow a positive duration of at least a second, since certificates have no fractions of seconds
     * @return this builder
     * @throws IllegalArgumentException if the duration is shorter than a second
     */
    public SelfSignedCertificateBuilder validity(Duration fromNow) {
        if (fromNow.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("a certificate must be valid for at least a second: " + fromNow);
        }
        validity = fromNow;
        return this;
    }

    /**
     * Sets the clock that determines when the validity begins; the system's clock by default. With a clock in the past
     * the certificate has expired, with one in the future it is not valid yet.
     *
     * @param now the clock
     * @return this builder
     */
    public SelfSignedCertificateBuilder clock(Clock now) {
        clock = Objects.requireNonNull(now, "now");
        return this;
    }

    /**
     * Generates a key and its certificate. This is computation only; for an RSA key it takes up to about a second.
     *
     * @return a new certificate, different from all others
     * @throws IllegalStateException if the JDK has no keys or signatures of this type
     */
    public SelfSignedCertificate build() {
        try {
            KeyPair pair = keyType.generate();
            JcaX509v3CertificateBuilder builder = unsigned(pair);
            return new SelfSignedCertificate(
                    pair.getPrivate(),
                    new JcaX509CertificateConverter()
                            .getCertificate(builder.build(
                                    new JcaContentSignerBuilder(keyType.signature()).build(pair.getPrivate()))));
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("this JDK cannot generate a self-signed certificate of type " + keyType, e);
        }
    }

    private JcaX509v3CertificateBuilder unsigned(KeyPair pair) throws IOException {
        X500Name subject = new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.O, ORGANIZATION)
                .addRDN(BCStyle.CN, commonName)
                .build();
        Instant now = clock.instant();
        BigInteger serial = new BigInteger(SERIAL_BITS, new SecureRandom()).setBit(SERIAL_BITS - 1);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                subject,
                serial,
                Date.from(now.minus(BACKDATED)),
                Date.from(now.plus(validity)),
                subject,
                pair.getPublic());
        builder.addExtension(
                Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(GeneralName[]::new)));
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyType.usage()));
        KeyPurposeId[] purposes = {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth};
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
        return builder;
    }

    private static List<GeneralName> generalNames(String... several) {
        return List.of(several).stream()
                .map(SelfSignedCertificateBuilder::generalName)
                .toList();
    }

    private static GeneralName generalName(String name) {
        if (name.indexOf(':') >= 0 || IPV4.matcher(name).matches()) {
            return new GeneralName(GeneralName.iPAddress, name);
        }
        if (!DNS_NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("'" + name + "' is neither a DNS name in ASCII nor an IP address");
        }
        return new GeneralName(GeneralName.dNSName, name);
    }
}
