// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.keys.NameTable;
import io.portcullis.internal.keys.Refusal;
import java.net.IDN;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A map from server names (SNI, RFC 6066, 3) to values, with the same matching rules for gates and for certificates.
 *
 * <p>Names are compared in ASCII (IDNA), ignoring case and a trailing dot. An exact name takes precedence over a
 * wildcard, whose asterisk stands for exactly one label, the first (RFC 6125, 6.4.3).
 *
 * @param <V> the type of the values
 */
public final class ServerNameMap<V> {
    private final NameTable<V> names = new NameTable<>();

    private ServerNameMap() {}

    /**
     * Returns an immutable map.
     *
     * @param byName the values by DNS name, such as {@code example.org} or {@code bücher.example}, or by wildcard, such
     *     as {@code *.example.org}
     * @param <V> the type of the values
     * @return the map
     * @throws IllegalArgumentException if a key is not a name that a client could request, or two keys are the same
     *     name
     */
    public static <V> ServerNameMap<V> of(Map<String, ? extends V> byName) {
        ServerNameMap<V> map = new ServerNameMap<>();
        byName.forEach((name, value) -> {
            check(name);
            Objects.requireNonNull(value, name);
            if (!map.names.putIfAbsent(name, () -> value).equals(value)) {
                throw Refusal.of("the server name '" + ForeignText.of(name) + "' occurs twice, in two forms;"
                        + " remove one of them");
            }
        });
        return map;
    }

    private static void check(String name) {
        String tail = name.startsWith(NameTable.WILDCARD) ? name.substring(NameTable.WILDCARD.length()) : name;
        boolean possible = !tail.isEmpty() && !tail.startsWith(".") && tail.indexOf('*') < 0;
        try {
            String ascii = NameTable.withoutRoot(IDN.toASCII(tail));
            possible = possible && !ascii.isEmpty() && ascii.chars().allMatch(ServerNameMap::mayStandInAName);
        } catch (IllegalArgumentException noName) {
            possible = false;
        }
        if (!possible) {
            throw Refusal.of("no client can request the server name '" + ForeignText.of(name)
                    + "'; use a DNS name, or a" + " wildcard for one label, such as *.example.org");
        }
    }

    /** As in a ClientHello: a space or a line end, out of a file perhaps, would never match. */
    private static boolean mayStandInAName(int character) {
        return character > ' ' && character < 0x7f;
    }

    /**
     * Returns the value for a name.
     *
     * @param serverName the name that a client requests
     * @return the value of the exact name, or else of the matching wildcard; empty if there is neither
     */
    public Optional<V> find(String serverName) {
        return Optional.ofNullable(names.find(serverName));
    }
}
