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
 * Which signatures the peer of a handshake verifies (RFC 8446, 4.2.3; RFC 5246, 7.4.1.4.1), and whether an older client
 * offers a cipher suite for a key. A peer that says nothing is taken to verify all.
 *
 * @param schemes by their numbers; empty if the peer says nothing
 * @param tls13 whether the handshake is one of TLS 1.3 or later
 * @param hello what a client asks for, if a guard has read it
 * @param judgesSuites whether the suites of the hello count: not if the engine asks only for keys that they fit
 */
public record PeerSignatures(
        Set<Integer> schemes, boolean tls13, @Nullable ClientHello hello, boolean judgesSuites) {
    private static final Set<Integer> PSS = Set.of(0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b);

    /** ECDHE_ECDSA and ECDH_ECDSA (IANA). */
    private static final Set<Integer> ECDSA_SUITES = Set.of(
            0xc001, 0xc002, 0xc003, 0xc004, 0xc005, 0xc006, 0xc007, 0xc008, 0xc009, 0xc00a, 0xc023, 0xc024, 0xc025,
            0xc026, 0xc02b, 0xc02c, 0xc02d, 0xc02e, 0xc048, 0xc049, 0xc05c, 0xc05d, 0xc072, 0xc073, 0xc086, 0xc087,
            0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9);

    /** What a client lists among its suites to say something else (RFC 5746, 3.3; RFC 7507, 4). */
    private static final Set<Integer> SIGNALS = Set.of(0x00ff, 0x5600);

    /**
     * What a client's hello says.
     *
     * @param hello as it was read on its way to the engine
     * @param tls13 whether TLS 1.3 or later was agreed on
     * @param judgesSuites whether its cipher suites count
     */
    public static PeerSignatures of(ClientHello hello, boolean tls13, boolean judgesSuites) {
        return new PeerSignatures(Set.copyOf(hello.signatureSchemes()), tls13, hello, judgesSuites);
    }

    /** What an engine says of its peer, in the names that the JDK has for signatures. */
    public static PeerSignatures of(ExtendedSSLSession session) {
        Set<Integer> schemes = new HashSet<>();
        for (String name : session.getPeerSupportedSignatureAlgorithms()) {
            schemes.addAll(schemes(name));
        }
        // Netty's engine has one name for both ways to sign with RSA
        if (Collections.disjoint(schemes, PSS)) {
            List.of(0x0401, 0x0501, 0x0601).stream()
                    .filter(schemes::contains)
                    .map(pkcs1 -> 0x0800 | (pkcs1 >> 8))
                    .toList()
                    .forEach(schemes::add);
        }
        return new PeerSignatures(schemes, session.getProtocol().equals("TLSv1.3"), null, false);
    }

    /** Whether the peer verifies such a key, whatever the engine. */
    public boolean verifies(KeyKind kind) {
        return hasSuiteFor(kind)
                && hasGroupOf(kind)
                && (schemes.isEmpty() || any(kind.schemes()) || (!tls13 && any(kind.olderSchemes())));
    }

    /** Whether it may do so, if the engine is one that goes so far. */
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
        if (tls13 || hello == null || !judgesSuites) {
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

    /** All that a name of the JDK may stand for; it has one name for two kinds of RSASSA-PSS. */
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
