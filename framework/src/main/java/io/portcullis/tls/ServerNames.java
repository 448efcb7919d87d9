// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.net.IDN;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certificate for a server name (SNI, RFC 6066, 3) and a type of key, by hash lookups that are prepared once.
 *
 * <p>A name is matched exactly first, then against the wildcards, whose asterisk stands for exactly one label (RFC 6125,
 * 6.4.3). If it matches, only certificates that match it are considered, of whatever key type: a certificate for another
 * name would help no client. If it matches none, or the client sent none, the first certificate of the key type is taken.
 */
final class ServerNames {
    private static final int SAN_DNS = 2;
    // RFC 2253 escapes a comma inside a value by a backslash
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|(?<!\\\\)[,+])CN=([^,+\\\\\"]+)");

    private final Map<String, Map<String, Credential>> exact = new HashMap<>();
    private final Map<String, Map<String, Credential>> wildcards = new HashMap<>();
    private final Map<String, Credential> firstByKeyType = new HashMap<>();

    ServerNames(List<Credential> credentials) {
        for (Credential credential : credentials) {
            firstByKeyType.putIfAbsent(credential.keyType(), credential);
            for (String name : of(credential.certificate())) {
                boolean wildcard = name.startsWith("*.");
                (wildcard ? wildcards : exact)
                        .computeIfAbsent(wildcard ? name.substring(2) : name, key -> new HashMap<>())
                        .putIfAbsent(credential.keyType(), credential);
            }
        }
    }

    /**
     * The certificate to present.
     *
     * @param serverName what the client asked for, in any case, if it asked
     * @param keyType RSA, RSASSA-PSS, EC or EdDSA
     * @return the certificate, or null if none fits; then another key type may
     */
    @Nullable
    Credential choose(@Nullable String serverName, String keyType) {
        if (serverName == null) {
            return firstByKeyType.get(keyType);
        }
        String name = normalize(serverName);
        Map<String, Credential> byName = exact.get(name);
        Map<String, Credential> byWildcard = wildcards.get(parent(name));
        if (byName == null && byWildcard == null) {
            return firstByKeyType.get(keyType);
        }
        Credential found = byName == null ? null : byName.get(keyType);
        return found != null || byWildcard == null ? found : byWildcard.get(keyType);
    }

    /** Whether a certificate is for this name. */
    boolean matches(String serverName) {
        String name = normalize(serverName);
        return exact.containsKey(name) || wildcards.containsKey(parent(name));
    }

    /** The DNS names that a certificate is for: its subjectAltName, or the common name if it has none at all. */
    static Set<String> of(X509Certificate certificate) {
        Set<String> names = new TreeSet<>();
        Collection<List<?>> alternatives = alternatives(certificate);
        for (List<?> alternative : alternatives) {
            if (Objects.equals(alternative.get(0), SAN_DNS)) {
                names.add(normalize((String) alternative.get(1)));
            }
        }
        if (alternatives.isEmpty()) {
            commonName(certificate).map(ServerNames::normalize).ifPresent(names::add);
        }
        return names;
    }

    /** Lower case, in ASCII (IDNA), without the root's dot: the form in which names are compared. */
    static String normalize(String name) {
        String relative = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        try {
            return IDN.toASCII(relative).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return relative.toLowerCase(Locale.ROOT);
        }
    }

    private static String parent(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1);
    }

    private static Collection<List<?>> alternatives(X509Certificate certificate) {
        try {
            Collection<List<?>> alternatives = certificate.getSubjectAlternativeNames();
            return alternatives == null ? List.of() : alternatives;
        } catch (CertificateParsingException e) {
            return List.of();
        }
    }

    private static Optional<String> commonName(X509Certificate certificate) {
        Matcher matcher =
                COMMON_NAME.matcher(certificate.getSubjectX500Principal().getName());
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
