// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.math.BigInteger;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The properties of a key that determine whether a peer can verify its signatures. Read from the key's encoding,
 * because security providers use different names for algorithms and curves.
 *
 * @param type the JDK's name: RSA, RSASSA-PSS, EC or EdDSA
 * @param schemes its signature schemes in all versions (RFC 8446, 4.2.3)
 * @param olderSchemes additional schemes up to TLS 1.2, which every engine uses (RFC 5246, 7.4.1.4.1)
 * @param lastSchemes schemes of TLS 1.2 that only some engines use: with SHA-1 or SHA-224, or a hash that is not the
 *     usual one of the curve
 * @param group the curve of an EC key; up to TLS 1.2, a client that lists groups must list it (RFC 8422, 5.1.1)
 */
record KeyKind(
        String type, List<Integer> schemes, List<Integer> olderSchemes, List<Integer> lastSchemes, OptionalInt group) {
    static final String RSA = "RSA";
    static final String RSASSA_PSS = "RSASSA-PSS";
    static final String EC = "EC";
    static final String EDDSA = "EdDSA";

    private static final String RSA_OID = "2a864886f70d010101";
    private static final String RSASSA_PSS_OID = "2a864886f70d01010a";
    private static final String EC_OID = "2a8648ce3d0201";

    private static final KeyKind P256 = ec(0x0403, 23);
    private static final KeyKind P384 = ec(0x0503, 24);
    private static final KeyKind P521 = ec(0x0603, 25);
    private static final Map<String, KeyKind> KNOWN = Map.of(
            "2b6570", ed(0x0807),
            "2b6571", ed(0x0808));
    private static final Map<String, KeyKind> CURVES = Map.of(
            "2a8648ce3d030107", P256,
            "2b81040022", P384,
            "2b81040023", P521);

    /** The scheme for each hash function to which a key may be restricted. */
    private static final Map<String, Integer> PSS_HASHES = Map.of(
            "608648016503040201", 0x0809,
            "608648016503040202", 0x080a,
            "608648016503040203", 0x080b);

    private static final int BIT_STRING = 0x03;
    private static final int PSS_HASH = 0xa0;

    /**
     * Returns the kind of a key.
     *
     * @throws IllegalArgumentException if TLS cannot sign with it
     */
    static KeyKind of(PublicKey key) {
        byte[] encoded = key.getEncoded();
        if (encoded == null) {
            throw new IllegalArgumentException("the public key has no encoding");
        }
        Der info = Der.read(encoded);
        List<Der> algorithm = info.child(0, Der.SEQUENCE).children();
        String oid = algorithm.get(0).hex();
        if (oid.equals(RSA_OID)) {
            return rsa(modulusBytes(info));
        }
        if (oid.equals(RSASSA_PSS_OID)) {
            return pss(algorithm, modulusBytes(info));
        }
        if (oid.equals(EC_OID)) {
            return CURVES.getOrDefault(
                    algorithm.size() < 2 ? "" : algorithm.get(1).hex(), otherCurve());
        }
        KeyKind known = KNOWN.get(oid);
        if (known == null) {
            throw new IllegalArgumentException("TLS cannot sign with this kind of key: object identifier " + oid);
        }
        return known;
    }

    private static KeyKind ec(int scheme, int group) {
        List<Integer> others = Stream.of(0x0403, 0x0503, 0x0603, 0x0303, 0x0203)
                .filter(other -> other != scheme)
                .toList();
        return new KeyKind(EC, List.of(scheme), List.of(), others, OptionalInt.of(group));
    }

    /** A curve for which TLS 1.3 has no scheme; up to TLS 1.2, the peer may support it. */
    private static KeyKind otherCurve() {
        return new KeyKind(
                EC, List.of(), List.of(), List.of(0x0403, 0x0503, 0x0603, 0x0303, 0x0203), OptionalInt.empty());
    }

    private static KeyKind ed(int scheme) {
        return new KeyKind(EDDSA, List.of(scheme), List.of(), List.of(), OptionalInt.empty());
    }

    private static KeyKind rsa(int modulusBytes) {
        return new KeyKind(
                RSA,
                Stream.of(0x0804, 0x0805, 0x0806)
                        .filter(scheme -> fitsInto(modulusBytes, scheme - 0x0804))
                        .toList(),
                List.of(0x0401, 0x0501, 0x0601),
                List.of(0x0301, 0x0201),
                OptionalInt.empty());
    }

    private static KeyKind pss(List<Der> algorithm, int modulusBytes) {
        Stream<Integer> allowed = Stream.of(0x0809, 0x080a, 0x080b);
        if (algorithm.size() > 1) {
            // RFC 4055, 3.1: the default hash is SHA-1, for which TLS has no scheme
            allowed = algorithm.get(1).children().stream()
                    .filter(parameter -> parameter.is(PSS_HASH))
                    .map(hash -> hash.child(0, Der.SEQUENCE).children().get(0).hex())
                    .filter(PSS_HASHES::containsKey)
                    .map(PSS_HASHES::get);
        }
        List<Integer> schemes = allowed.filter(scheme -> fitsInto(modulusBytes, scheme - 0x0809))
                .toList();
        return new KeyKind(RSASSA_PSS, schemes, List.of(), List.of(), OptionalInt.empty());
    }

    /**
     * RFC 8017, 9.1.1: a signature must have room for the hash, a salt of the same length, and two bytes. Hash 0 is
     * SHA-256.
     */
    private static boolean fitsInto(int modulusBytes, int hash) {
        return modulusBytes >= 2 * (32 + 16 * hash) + 2;
    }

    private static int modulusBytes(Der info) {
        byte[] bits = info.child(1, BIT_STRING).content();
        byte[] key = Arrays.copyOfRange(bits, 1, bits.length);
        byte[] modulus = Der.read(key).child(0, Der.INTEGER).content();
        return (new BigInteger(1, modulus).bitLength() + 7) / 8;
    }
}
