// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.foreign.ForeignText;
import java.net.IDN;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is there for which server name (SNI, RFC 6066, 3): the one rule by which names are compared, for gates and for certificates.
 *
 * <p>Names are compared in ASCII (IDNA), in any case, and without the dot of the root. An exact name is found before a wildcard, whose
 * asterisk stands for exactly one label, the first (RFC 6125, 6.4.3).
 *
 * @param <V> what is found
 */
public final class ServerNameMap<V> {
    private static final String WILDCARD = "*.";

    private final Map<String, V> exact = new HashMap<>();
    private final Map<String, V> wildcards = new HashMap<>();

    ServerNameMap() {}

    /**
     * Makes an immutable map.
     *
     * @param byName by DNS name, such as {@code example.org} or {@code bücher.example}, or by wildcard, such as
     *     {@code *.example.org}
     * @param <V> what is found
     * @return the map
     * @throws IllegalArgumentException if a key is no name that a client could ask for, or two of them are the same name
     */
    public static <V> ServerNameMap<V> of(Map<String, ? extends V> byName) {
        ServerNameMap<V> names = new ServerNameMap<>();
        byName.forEach((name, value) -> {
            check(name);
            Objects.requireNonNull(value, name);
            if (!names.putIfAbsent(name, () -> value).equals(value)) {
                throw Refusal.of("the server name '" + ForeignText.of(name) + "' is there twice, in two forms;"
                        + " leave one of them out");
            }
        });
        return names;
    }

    private static void check(String name) {
        String tail = name.startsWith(WILDCARD) ? name.substring(WILDCARD.length()) : name;
        boolean possible = !tail.isEmpty() && !tail.startsWith(".") && tail.indexOf('*') < 0;
        try {
            possible = possible && !IDN.toASCII(withoutRoot(tail)).isEmpty();
        } catch (IllegalArgumentException noName) {
            possible = false;
        }
        if (!possible) {
            throw Refusal.of("no client can ask for the server name '" + ForeignText.of(name)
                    + "'; bring a DNS name, or a" + " wildcard for one label, such as *.example.org");
        }
    }

    /**
     * What is there for a name.
     *
     * @param serverName as a client asks for it
     * @return the value of the exact name, or else of the wildcard; empty if there is neither
     */
    public Optional<V> find(String serverName) {
        String name = normalize(serverName);
        V found = exact.get(name);
        return Optional.ofNullable(found != null ? found : wildcards.get(parent(name)));
    }

    /** Answers what is there for a pattern now. */
    V putIfAbsent(String pattern, Supplier<V> value) {
        String name = normalize(pattern);
        return name.startsWith(WILDCARD)
                ? wildcards.computeIfAbsent(name.substring(WILDCARD.length()), key -> value.get())
                : exact.computeIfAbsent(name, key -> value.get());
    }

    /** Of a normalized name. */
    @Nullable
    V exact(String name) {
        return exact.get(name);
    }

    /** Of a normalized name. */
    @Nullable
    V wildcard(String name) {
        return wildcards.get(parent(name));
    }

    /** The form in which names are compared. */
    static String normalize(String name) {
        String relative = withoutRoot(name);
        try {
            return IDN.toASCII(relative).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return relative.toLowerCase(Locale.ROOT);
        }
    }

    private static String withoutRoot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static String parent(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1);
    }
}
