// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.tls.ClientHello;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.net.ssl.ExtendedSSLSession;
import org.jspecify.annotations.Nullable;

/**
 * The signatures that the peer of a handshake can verify (RFC 8446, 4.2.3; RFC 5246, 7.4.1.4.1), and whether an older
 * client offers a cipher suite for a key. A peer that does not state its schemes is assumed to verify all.
 *
 * @param schemes by their numbers; empty if the peer does not state them
 * @param tls13 whether the protocol is TLS 1.3 or later
 * @param hello the client's hello, if a guard has read it
 * @param considersSuites whether the suites in the hello are considered; false if the engine requests only keys that
 *     fit them
 */
public record PeerSignatures(
        Set<Integer> schemes, boolean tls13, @Nullable ClientHello hello, boolean considersSuites) {
    private static final Set<Integer> PSS = Set.of(0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b);

    /** ECDHE_ECDSA and ECDH_ECDSA (IANA). */
    private static final Set<Integer> ECDSA_SUITES = Set.of(
            0xc001, 0xc002, 0xc003, 0xc004, 0xc005, 0xc006, 0xc007, 0xc008, 0xc009, 0xc00a, 0xc023, 0xc024, 0xc025,
            0xc026, 0xc02b, 0xc02c, 0xc02d, 0xc02e, 0xc048, 0xc049, 0xc05c, 0xc05d, 0xc072, 0xc073, 0xc086, 0xc087,
            0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9);

    /** Signaling values in the list of cipher suites (RFC 5746, 3.3; RFC 7507, 4). */
    private static final Set<Integer> SIGNALS = Set.of(0x00ff, 0x5600);

    /**
     * Reads them from a client's hello.
     *
     * @param hello as read on its way to the engine
     * @param tls13 whether TLS 1.3 or later was negotiated
     * @param considersSuites whether its cipher suites are considered
     */
    public static PeerSignatures of(ClientHello hello, boolean tls13, boolean considersSuites) {
        return new PeerSignatures(Set.copyOf(hello.signatureSchemes()), tls13, hello, considersSuites);
    }

    /** Reads them from an engine's session, in the JDK's names of signatures. */
    public static PeerSignatures of(ExtendedSSLSession session) {
        Set<Integer> schemes = new HashSet<>();
        for (String name : session.getPeerSupportedSignatureAlgorithms()) {
            schemes.addAll(schemes(name));
        }
        // Netty's engine uses the same name for both RSA signature schemes
        if (Collections.disjoint(schemes, PSS)) {
            List.of(0x0401, 0x0501, 0x0601).stream()
                    .filter(schemes::contains)
                    .map(pkcs1 -> 0x0800 | (pkcs1 >> 8))
                    .toList()
                    .forEach(schemes::add);
        }
        return new PeerSignatures(schemes, session.getProtocol().equals("TLSv1.3"), null, false);
    }

    /** Returns whether the peer verifies such a key with any engine. */
    public boolean verifies(KeyKind kind) {
        return hasSuiteFor(kind)
                && hasGroupOf(kind)
                && (schemes.isEmpty() || any(kind.schemes()) || (!tls13 && any(kind.olderSchemes())));
    }

    /** Returns whether the peer may verify such a key, if the engine also uses the last schemes. */
    public boolean mayVerify(KeyKind kind) {
        return verifies(kind) || (hasSuiteFor(kind) && hasGroupOf(kind) && !tls13 && any(kind.lastSchemes()));
    }

    private boolean any(List<Integer> ours) {
        return !Collections.disjoint(schemes, ours);
    }

    private boolean hasGroupOf(KeyKind kind) {
        return tls13
                || hello == null
                || hello.groups().isEmpty()
                || kind.group().isEmpty()
                || hello.groups().contains(kind.group().getAsInt());
    }

    private boolean hasSuiteFor(KeyKind kind) {
        if (tls13 || hello == null || !considersSuites) {
            return true;
        }
        boolean ecdsa = kind.type().equals(KeyKind.EC) || kind.type().equals(KeyKind.EDDSA);
        for (int suite : hello.cipherSuites()) {
            if (isOfTls12(suite) && ECDSA_SUITES.contains(suite) == ecdsa) {
                return true;
            }
        }
        return false;
    }

    // RFC 8701: GREASE is 0x?a?a
    private static boolean isOfTls12(int suite) {
        return suite >> 8 != 0x13 && (suite & 0x0f0f) != 0x0a0a && !SIGNALS.contains(suite);
    }

    /** Returns all schemes that a JDK name may stand for; two kinds of RSASSA-PSS have the same name. */
    private static Set<Integer> schemes(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.contains("pss") || lower.endsWith("mgf1")) {
            return PSS;
        }
        if (lower.endsWith("withecdsa") || lower.endsWith("withrsa")) {
            int hash = hash(lower.substring(0, lower.indexOf("with")));
            return hash == 0 ? Set.of() : Set.of(hash << 8 | (lower.endsWith("ecdsa") ? 3 : 1));
        }
        return switch (lower) {
            case "ed25519" -> Set.of(0x0807);
            case "ed448" -> Set.of(0x0808);
            case "eddsa" -> Set.of(0x0807, 0x0808);
            default -> Set.of();
        };
    }

    private static int hash(String name) {
        return switch (name) {
            case "sha1" -> 2;
            case "sha224" -> 3;
            case "sha256" -> 4;
            case "sha384" -> 5;
            case "sha512" -> 6;
            default -> 0;
        };
    }
}
