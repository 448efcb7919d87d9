// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.Der;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;

/** Writes keys and certificates in the forms that PEM files have in the wild. */
public final class TestPem {
    private static final int ITERATIONS = 2048;
    private static final byte[] P256 = oid("2a8648ce3d030107");
    private static final byte[] NULL_VALUE = {5, 0};

    private TestPem() {}

    public static String block(String label, byte[] bytes) {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        return "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n";
    }

    static String pkcs8(PrivateKey key) {
        return block("PRIVATE KEY", key.getEncoded());
    }

    /** PKCS#1, which PKCS#8 contains for RSA. */
    static String pkcs1(PrivateKey key) {
        return block("RSA PRIVATE KEY", inner(key));
    }

    /** SEC1 including its curve (P-256), as OpenSSL writes it: without the public key. */
    static String sec1(PrivateKey key) {
        Der inner = Der.read(inner(key));
        byte[] version = inner.child(0, Der.INTEGER).encoded();
        byte[] number = inner.child(1, Der.OCTET_STRING).encoded();
        return block("EC PRIVATE KEY", Der.write(Der.SEQUENCE, version, number, Der.write(0xa0, P256)));
    }

    /** SEC1 without its curve. */
    static String sec1WithoutCurve(PrivateKey key) {
        Der inner = Der.read(inner(key));
        byte[] version = inner.child(0, Der.INTEGER).encoded();
        byte[] number = inner.child(1, Der.OCTET_STRING).encoded();
        return block("EC PRIVATE KEY", Der.write(Der.SEQUENCE, version, number));
    }

    public static String curveBlock() {
        return block("EC PARAMETERS", P256);
    }

    /** PKCS#8 under PBES2 with PBKDF2, HMAC-SHA256 and AES-256-CBC (RFC 8018), as OpenSSL 3 does by default. */
    static String encryptedPkcs8(PrivateKey key, char[] password) {
        byte[] salt = new byte[16];
        byte[] iv = new byte[16];
        SecureRandom random = new SecureRandom();
        random.nextBytes(salt);
        random.nextBytes(iv);
        byte[] iterations = Der.write(Der.INTEGER, new byte[] {ITERATIONS >> 8, (byte) ITERATIONS});
        byte[] hash = Der.write(Der.SEQUENCE, oid("2a864886f70d0209"), NULL_VALUE);
        byte[] derivation = Der.write(Der.SEQUENCE, Der.write(Der.OCTET_STRING, salt), iterations, hash);
        byte[] parameters = Der.write(
                Der.SEQUENCE,
                Der.write(Der.SEQUENCE, oid("2a864886f70d01050c"), derivation),
                Der.write(Der.SEQUENCE, oid("60864801650304012a"), Der.write(Der.OCTET_STRING, iv)));
        byte[] algorithm = Der.write(Der.SEQUENCE, oid("2a864886f70d01050d"), parameters);
        try {
            PBEKeySpec spec = new PBEKeySpec(password, salt, ITERATIONS, 256);
            byte[] derived = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(spec)
                    .getEncoded();
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(derived, "AES"), new IvParameterSpec(iv));
            byte[] encrypted = Der.write(Der.OCTET_STRING, cipher.doFinal(key.getEncoded()));
            return block("ENCRYPTED PRIVATE KEY", Der.write(Der.SEQUENCE, algorithm, encrypted));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static void writeForms(TestCertificate certificate) throws IOException {
        StringBuilder chain = new StringBuilder();
        for (X509Certificate one : certificate.chain()) {
            try {
                chain.append(block("CERTIFICATE", one.getEncoded()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
        PrivateKey key = certificate.key();
        Files.writeString(certificate.chainFile(), chain, StandardCharsets.US_ASCII);
        Files.writeString(certificate.keyFile(), pkcs8(key));
        Files.writeString(certificate.encryptedKeyFile(), encryptedPkcs8(key, TestCertificate.PASSWORD.toCharArray()));
        if (key.getAlgorithm().equals("RSA")) {
            Files.writeString(certificate.traditionalKeyFile(), pkcs1(key));
        } else if (key.getAlgorithm().equals("EC")) {
            Files.writeString(certificate.traditionalKeyFile(), sec1(key));
        }
    }

    private static byte[] inner(PrivateKey key) {
        return Der.read(key.getEncoded()).child(2, Der.OCTET_STRING).content();
    }

    private static byte[] oid(String hex) {
        return Der.write(Der.OBJECT_IDENTIFIER, HexFormat.of().parseHex(hex));
    }
}
