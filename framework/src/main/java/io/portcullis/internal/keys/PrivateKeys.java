// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.SecretKey;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads private keys in the four formats of PEM files: PKCS#8 (RFC 5208), encrypted PKCS#8 (RFC 8018), PKCS#1 for RSA
 * (RFC 8017, A.1.2) and SEC1 for EC (RFC 5915). The last two are wrapped into PKCS#8, which the JDK reads.
 */
final class PrivateKeys {
    private static final byte[] RSA_OID = HexFormat.of().parseHex("2a864886f70d010101");
    private static final byte[] EC_OID = HexFormat.of().parseHex("2a8648ce3d0201");
    private static final byte[] NULL_VALUE = {5, 0};
    private static final byte[] VERSION_0 = {2, 1, 0};
    private static final int EC_PARAMETERS_TAG = 0xa0;

    /** The JDK's names of the algorithms that TLS can sign with, by the key's object identifier in hexadecimal. */
    private static final Map<String, String> ALGORITHMS = Map.of(
            HexFormat.of().formatHex(RSA_OID),
            "RSA",
            "2a864886f70d01010a",
            "RSASSA-PSS",
            HexFormat.of().formatHex(EC_OID),
            "EC",
            "2b6570",
            "EdDSA",
            "2b6571",
            "EdDSA");

    private PrivateKeys() {}

    /**
     * Reads the key in a block.
     *
     * @param name the file's name in messages
     * @param block the block that holds the key
     * @param curve the content of the preceding EC PARAMETERS block, if any
     * @param password the caller's, if any
     */
    static PrivateKey decode(String name, PemBlock block, byte @Nullable [] curve, char @Nullable [] password) {
        if (block.legacyEncrypted()) {
            throw Refusal.of("the key in " + name + " is encrypted in OpenSSL's legacy format (Proc-Type: 4,ENCRYPTED),"
                    + " which derives its key with MD5; convert it with 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in "
                    + name
                    + " -out new-key.pem'");
        }
        return switch (block.label()) {
            case "PRIVATE KEY" -> pkcs8(name, block.bytes());
            case "ENCRYPTED PRIVATE KEY" -> encrypted(name, block.bytes(), password);
            case "RSA PRIVATE KEY" -> pkcs8(name, wrap(RSA_OID, NULL_VALUE, block.bytes()));
            case "EC PRIVATE KEY" -> pkcs8(name, wrap(EC_OID, curveOf(name, block.bytes(), curve), block.bytes()));
            default ->
                throw Refusal.of("the key in " + name + " is not of a kind that TLS uses (" + block.kind() + ");"
                        + " use an RSA, RSASSA-PSS, EC or Ed25519 key");
        };
    }

    private static PrivateKey pkcs8(String name, byte[] encoded) {
        try {
            String oid = Der.read(encoded)
                    .child(1, Der.SEQUENCE)
                    .child(0, Der.OBJECT_IDENTIFIER)
                    .hex();
            String algorithm = ALGORITHMS.get(oid);
            if (algorithm == null) {
                throw Refusal.of(
                        "the key in " + name + " has an algorithm that TLS cannot sign with (object identifier " + oid
                                + "); use an RSA, RSASSA-PSS, EC or Ed25519 key");
            }
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded));
        } catch (GeneralSecurityException e) {
            throw damaged(name);
        } catch (IllegalArgumentException e) {
            throw e.getMessage() != null && e.getMessage().startsWith("TlsProfile") ? e : damaged(name);
        } finally {
            Arrays.fill(encoded, (byte) 0);
        }
    }

    private static PrivateKey encrypted(String name, byte[] encoded, char @Nullable [] password) {
        if (password == null) {
            throw Refusal.of(
                    "the key in " + name + " is encrypted and no password was given; pass it to certificate()");
        }
        EncryptedPrivateKeyInfo info;
        try {
            info = new EncryptedPrivateKeyInfo(encoded);
        } catch (IOException e) {
            throw unreadable(name);
        }
        return pkcs8(name, decrypt(name, info, password));
    }

    private static byte[] decrypt(String name, EncryptedPrivateKeyInfo info, char[] password) {
        PBEKeySpec spec = new PBEKeySpec(password);
        try {
            String scheme = scheme(info);
            SecretKey key = SecretKeyFactory.getInstance(scheme).generateSecret(spec);
            Cipher cipher = Cipher.getInstance(scheme);
            cipher.init(Cipher.DECRYPT_MODE, key, info.getAlgParameters());
            byte[] decrypted = cipher.doFinal(info.getEncryptedData());
            if (!looksLikeKey(decrypted)) {
                throw wrongPassword(name);
            }
            return decrypted;
        } catch (BadPaddingException | IllegalBlockSizeException e) {
            throw wrongPassword(name);
        } catch (GeneralSecurityException e) {
            if (!isPrintableAscii(password)) {
                throw Refusal.of("the password of the key in " + name + " has characters outside ASCII, which this JDK"
                        + " cannot use here; encrypt the key with another password");
            }
            throw unreadable(name);
        } finally {
            spec.clearPassword();
        }
    }

    /** Returns the JDK's name of the encryption; for PBES2, it is found in the parameters. */
    private static String scheme(EncryptedPrivateKeyInfo info) {
        String algorithm = info.getAlgName();
        boolean pbes2 = algorithm.equals("PBES2") || algorithm.equals("1.2.840.113549.1.5.13");
        return pbes2 && info.getAlgParameters() != null
                ? info.getAlgParameters().toString()
                : algorithm;
    }

    /** With a wrong password, one in 256 attempts passes the padding check, but the structure is wrong. */
    private static boolean looksLikeKey(byte[] decrypted) {
        try {
            return Der.read(decrypted).child(1, Der.SEQUENCE) != null;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Returns the curve, from the key (RFC 5915, 3: parameters [0]) or from the EC PARAMETERS block before it. */
    private static byte[] curveOf(String name, byte[] sec1, byte @Nullable [] curve) {
        List<Der> fields;
        try {
            fields = Der.read(sec1).children();
        } catch (IllegalArgumentException e) {
            throw damaged(name);
        }
        for (Der field : fields) {
            if (field.is(EC_PARAMETERS_TAG)) {
                return field.content();
            }
        }
        if (curve == null) {
            throw Refusal.of("the EC key in " + name + " does not name its curve; convert it with 'openssl pkcs8 -topk8"
                    + " -nocrypt -in " + name + " -out new-key.pem', or put its EC PARAMETERS block before it");
        }
        return curve;
    }

    private static byte[] wrap(byte[] oid, byte[] parameters, byte[] key) {
        byte[] algorithm = Der.write(Der.SEQUENCE, Der.write(Der.OBJECT_IDENTIFIER, oid), parameters);
        return Der.write(Der.SEQUENCE, VERSION_0, algorithm, Der.write(Der.OCTET_STRING, key));
    }

    private static boolean isPrintableAscii(char[] password) {
        for (char c : password) {
            if (c < ' ' || c > '~') {
                return false;
            }
        }
        return true;
    }

    private static IllegalArgumentException wrongPassword(String name) {
        return Refusal.of("the password does not open the key in " + name + "; it is wrong, or the file is damaged");
    }

    private static IllegalArgumentException unreadable(String name) {
        return Refusal.of(
                "the key in " + name + " is encrypted in a way that this JDK cannot read, or damaged; convert it"
                        + " with 'openssl pkcs8 -topk8 -v2 aes-256-cbc -in " + name + " -out new-key.pem'");
    }

    // Without the cause: an exception of a key parser may contain bytes of the key.
    private static IllegalArgumentException damaged(String name) {
        return Refusal.of(
                "the key in " + name + " is damaged, or not of the kind that its block states; export it again");
    }
}
