// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds the certificate for a server name that suits a client, by hash lookups in prepared tables.
 *
 * <p>Names are compared as in {@link NameTable}. If certificates match the name, only these are considered, with any
 * kind of key, because a certificate for another name would not help the client. If none matches, or the client sent no
 * name, the first suitable certificate is used.
 */
public final class ServerNames {
    private final NameTable<List<Credential>> byName = new NameTable<>();
    private final List<Credential> all = new ArrayList<>();

    public ServerNames(List<Credential> credentials) {
        for (Credential credential : credentials) {
            addFirstOfItsKind(all, credential);
            for (String name : CertificateFacts.names(credential.certificate())) {
                addFirstOfItsKind(byName.putIfAbsent(name, ArrayList::new), credential);
            }
        }
    }

    /** A peer that cannot verify the first certificate of a kind cannot verify another one of that kind either. */
    private static void addFirstOfItsKind(List<Credential> some, Credential credential) {
        if (some.stream().noneMatch(other -> other.kind().equals(credential.kind()))) {
            some.add(credential);
        }
    }

    /**
     * Returns the certificate to present.
     *
     * @param serverName the requested name, in any case; null if the client sent none
     * @param suits which certificates may be presented
     * @return the first suitable one for the name, or null if there is none
     */
    public @Nullable Credential choose(@Nullable String serverName, Predicate<Credential> suits) {
        if (serverName == null) {
            return first(all, suits);
        }
        String name = NameTable.normalize(serverName);
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

    /** Returns whether a certificate is for this name. */
    public boolean matches(String serverName) {
        return byName.find(serverName) != null;
    }
}
