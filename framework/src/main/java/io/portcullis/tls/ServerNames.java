// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.net.IDN;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certificate for a server name (SNI, RFC 6066, 3) that suits a client, by hash lookups that are prepared once.
 *
 * <p>A name is matched exactly first, then against the wildcards, whose asterisk stands for exactly one label (RFC 6125,
 * 6.4.3). If it matches, only certificates that match it are considered, of whatever key: a certificate for another
 * name would help no client. If it matches none, or the client sent none, the first certificate that suits is taken.
 */
final class ServerNames {
    private static final int SAN_DNS = 2;
    // RFC 2253 escapes a comma inside a value by a backslash
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|(?<!\\\\)[,+])CN=([^,+\\\\\"]+)");

    private final Map<String, List<Credential>> exact = new HashMap<>();
    private final Map<String, List<Credential>> wildcards = new HashMap<>();
    private final List<Credential> all = new ArrayList<>();

    ServerNames(List<Credential> credentials) {
        for (Credential credential : credentials) {
            addFirstOfItsKind(all, credential);
            for (String name : of(credential.certificate())) {
                boolean wildcard = name.startsWith("*.");
                List<Credential> forName = (wildcard ? wildcards : exact)
                        .computeIfAbsent(wildcard ? name.substring(2) : name, key -> new ArrayList<>());
                addFirstOfItsKind(forName, credential);
            }
        }
    }

    /** Whoever cannot verify the first one cannot verify another one of the same kind either. */
    private static void addFirstOfItsKind(List<Credential> some, Credential credential) {
        if (some.stream().noneMatch(other -> other.kind().equals(credential.kind()))) {
            some.add(credential);
        }
    }

    /**
     * The certificate to present.
     *
     * @param serverName what the client asked for, in any case, if it asked
     * @param suits which certificates may be presented
     * @return the first that is for the name and suits, or null if there is none
     */
    @Nullable
    Credential choose(@Nullable String serverName, Predicate<Credential> suits) {
        if (serverName == null) {
            return first(all, suits);
        }
        String name = normalize(serverName);
        List<Credential> byName = exact.get(name);
        List<Credential> byWildcard = wildcards.get(parent(name));
        if (byName == null && byWildcard == null) {
            return first(all, suits);
        }
        Credential found = byName == null ? null : first(byName, suits);
        return found != null || byWildcard == null ? found : first(byWildcard, suits);
    }

    private static @Nullable Credential first(List<Credential> some, Predicate<Credential> suits) {
        for (Credential credential : some) {
            if (suits.test(credential)) {
                return credential;
            }
        }
        return null;
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
