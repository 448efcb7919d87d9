// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.TlsCapabilities;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The protocols and cipher suites that a profile offers, resolved against those that an engine supports.
 *
 * @param protocols the protocols that were requested by name, or null for the default ones
 * @param choice how the suites were chosen
 * @param suites the suites of an explicit choice
 */
public record CipherPolicy(@Nullable List<String> protocols, Choice choice, List<String> suites) {
    static final List<String> SECURE_PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** ECDHE suites with AEAD, and the TLS 1.3 suites, which are all of that kind. */
    static final List<String> SECURE_SUITES = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    public static final CipherPolicy SECURE = new CipherPolicy(null, Choice.SECURE, List.of());

    /** How the suites were chosen. */
    public enum Choice {
        SECURE,
        COMPATIBLE,
        EXPLICIT
    }

    /**
     * The result of resolving a policy.
     *
     * @param protocols not empty; each has at least one of the suites
     * @param suites not empty; in order of preference
     */
    public record Resolved(List<String> protocols, List<String> suites) {}

    public CipherPolicy withProtocols(List<String> names) {
        return new CipherPolicy(names, choice, suites);
    }

    public CipherPolicy withSuites(Choice newChoice, List<String> names) {
        return new CipherPolicy(protocols, newChoice, names);
    }

    /**
     * Resolves the policy. Every protocol and suite that was requested by name must be supported; of a predefined
     * choice, what the engine does not support is left out.
     *
     * @throws IllegalArgumentException if a name is unknown, or nothing is left
     */
    public Resolved resolve(TlsCapabilities engine) {
        List<String> offered = engine.protocols();
        List<String> chosenSuites = resolveSuites(engine);
        List<String> chosen = protocols != null
                ? requireKnown("protocol", protocols, offered)
                : choice == Choice.COMPATIBLE ? offered : retain(SECURE_PROTOCOLS, offered);
        List<String> usable = chosen.stream()
                .filter(protocol -> chosenSuites.stream().anyMatch(suite -> fits(suite, protocol)))
                .toList();
        if (usable.isEmpty() || (protocols != null && usable.size() < chosen.size())) {
            List<String> idle =
                    chosen.stream().filter(name -> !usable.contains(name)).toList();
            throw Refusal.of("none of the cipher suites fits " + String.join(", ", idle) + "; the suites are "
                    + String.join(", ", chosenSuites) + "; TLSv1.3 has suites of its own (without _WITH_ in the name),"
                    + " name some for every protocol or omit the protocol");
        }
        return new Resolved(usable, chosenSuites);
    }

    private List<String> resolveSuites(TlsCapabilities engine) {
        List<String> supported = engine.cipherSuites();
        List<String> chosen = switch (choice) {
            case SECURE -> retain(SECURE_SUITES, supported);
            case COMPATIBLE -> engine.compatibleSuites();
            case EXPLICIT -> requireKnown("cipher suite", suites, supported);
        };
        if (chosen.isEmpty()) {
            throw Refusal.of("the TLS engine '" + engine.name() + "' has none of the secure cipher suites; it supports "
                    + String.join(", ", supported) + "; name some of them with cipherSuites()");
        }
        return chosen;
    }

    /**
     * The protocols that are enabled by default, and the secure ones in any case; others are supported but disabled.
     */
    static List<String> offeredProtocols(SSLContext context) {
        Set<String> offered = new LinkedHashSet<>(retain(
                SECURE_PROTOCOLS, List.of(context.getSupportedSSLParameters().getProtocols())));
        offered.addAll(List.of(context.getDefaultSSLParameters().getProtocols()));
        return List.copyOf(offered);
    }

    private static List<String> requireKnown(String what, List<String> requested, List<String> known) {
        if (requested.isEmpty()) {
            throw Refusal.of("the list of " + what + "s is empty; name at least one, or omit the call");
        }
        for (String name : requested) {
            if (!known.contains(name)) {
                throw Refusal.of(
                        "unknown or disabled " + what + " '" + name + "'; available: " + String.join(", ", known));
            }
        }
        return requested;
    }

    private static List<String> retain(List<String> names, List<String> known) {
        return names.stream().filter(known::contains).toList();
    }

    // RFC 8446, B.4: the names of TLS 1.3 suites do not contain a key exchange
    static boolean fits(String suite, String protocol) {
        return !suite.endsWith("_SCSV") && suite.contains("_WITH_") != protocol.equals("TLSv1.3");
    }
}
