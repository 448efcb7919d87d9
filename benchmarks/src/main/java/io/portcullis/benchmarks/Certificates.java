// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Self-signed certificates for {@code localhost}, created for one run and valid for a week. */
@SuppressWarnings("ImmutableEnumChecker") // the key specifications are immutable, but not annotated as such
public enum Certificates {
    /** ECDSA on P-256. */
    EC("EC", new ECGenParameterSpec("secp256r1"), "SHA256withECDSA"),
    /** RSA with 2,048 bits. */
    RSA("RSA", new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4), "SHA256withRSA");

    private static final Duration LIFETIME = Duration.ofDays(7);

    private final String algorithm;
    private final AlgorithmParameterSpec parameters;
    private final String signature;

    Certificates(String algorithm, AlgorithmParameterSpec parameters, String signature) {
        this.algorithm = algorithm;
        this.parameters = parameters;
        this.signature = signature;
    }

    /**
     * A certificate with its private key.
     *
     * @param certificate self-signed, for {@code localhost} and 127.0.0.1
     * @param key its private key
     */
    public record Pair(X509Certificate certificate, PrivateKey key) {

        /**
         * Returns the certificate as text.
         *
         * @return the certificate in PEM format
         */
        public String certificatePem() {
            try {
                return pem("CERTIFICATE", certificate.getEncoded());
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        /**
         * Returns the key as text.
         *
         * @return the unencrypted PKCS#8 key in PEM format
         */
        public String keyPem() {
            return pem("PRIVATE KEY", key.getEncoded());
        }

        /**
         * Writes {@code NAME.pem} and {@code NAME-key.pem}.
         *
         * @param directory an existing directory
         * @param name the prefix of both file names
         */
        public void write(Path directory, String name) {
            try {
                Files.writeString(directory.resolve(name + ".pem"), certificatePem());
                Files.writeString(directory.resolve(name + "-key.pem"), keyPem());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String pem(String label, byte[] der) {
            String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
            return "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n";
        }
    }

    /**
     * Generates a key and a certificate.
     *
     * @return a new pair for each call
     */
    public Pair create() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(parameters);
            KeyPair pair = generator.generateKeyPair();
            Instant from = Instant.now().minus(Duration.ofHours(1));
            X500Name name = new X500Name("CN=localhost");
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(from.toEpochMilli()),
                    Date.from(from),
                    Date.from(from.plus(LIFETIME)),
                    name,
                    pair.getPublic());
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName[] {
                new GeneralName(GeneralName.dNSName, "localhost"), new GeneralName(GeneralName.iPAddress, "127.0.0.1")
            }));
            X509Certificate certificate = new JcaX509CertificateConverter()
                    .getCertificate(builder.build(new JcaContentSignerBuilder(signature).build(pair.getPrivate())));
            return new Pair(certificate, pair.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
            throw new IllegalStateException("this JDK cannot create a self-signed " + algorithm + " certificate", e);
        }
    }
}
