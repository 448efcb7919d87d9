// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certificate for a server name that suits a client, by hash lookups that are prepared once.
 *
 * <p>Names are compared as a {@link ServerNameMap} does it. If one matches, only certificates that match it are considered, of whatever key: a certificate for another
 * name would help no client. If it matches none, or the client sent none, the first certificate that suits is taken.
 */
final class ServerNames {
    private static final int SAN_DNS = 2;
    // RFC 2253 escapes a comma inside a value by a backslash
    private static final Pattern COMMON_NAME = Pattern.compile("(?:^|(?<!\\\\)[,+])CN=([^,+\\\\\"]+)");

    private final ServerNameMap<List<Credential>> byName = new ServerNameMap<>();
    private final List<Credential> all = new ArrayList<>();

    ServerNames(List<Credential> credentials) {
        for (Credential credential : credentials) {
            addFirstOfItsKind(all, credential);
            for (String name : of(credential.certificate())) {
                addFirstOfItsKind(byName.putIfAbsent(name, ArrayList::new), credential);
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
        String name = ServerNameMap.normalize(serverName);
        List<Credential> exact = byName.exact(name);
        List<Credential> byWildcard = byName.wildcard(name);
        if (exact == null && byWildcard == null) {
            return first(all, suits);
        }
        Credential found = exact == null ? null : first(exact, suits);
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
        return byName.find(serverName).isPresent();
    }

    /** The DNS names that a certificate is for: its subjectAltName, or the common name if it has none at all. */
    static Set<String> of(X509Certificate certificate) {
        Set<String> names = new TreeSet<>();
        Collection<List<?>> alternatives = alternatives(certificate);
        for (List<?> alternative : alternatives) {
            if (Objects.equals(alternative.get(0), SAN_DNS)) {
                names.add(ServerNameMap.normalize((String) alternative.get(1)));
            }
        }
        if (alternatives.isEmpty()) {
            commonName(certificate).map(ServerNameMap::normalize).ifPresent(names::add);
        }
        return names;
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
