// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.net.IDN;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is there for which server name, by the one rule by which names are compared (SNI, RFC 6066, 3): in ASCII (IDNA),
 * in any case, and without the dot of the root. The asterisk of a wildcard stands for exactly one label, the first (RFC
 * 6125, 6.4.3). Safe to read from any thread once it is filled.
 *
 * @param <V> what is found
 */
public final class NameTable<V> {
    public static final String WILDCARD = "*.";

    private final Map<String, V> exact = new HashMap<>();
    private final Map<String, V> wildcards = new HashMap<>();

    /** Answers what is there for a pattern now. */
    public V putIfAbsent(String pattern, Supplier<V> value) {
        String name = normalize(pattern);
        return name.startsWith(WILDCARD)
                ? wildcards.computeIfAbsent(name.substring(WILDCARD.length()), key -> value.get())
                : exact.computeIfAbsent(name, key -> value.get());
    }

    /** Of the exact name, or else of the wildcard. */
    public @Nullable V find(String serverName) {
        String name = normalize(serverName);
        V found = exact.get(name);
        return found != null ? found : wildcard(name);
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
        try {
            return withoutRoot(IDN.toASCII(name)).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return withoutRoot(name).toLowerCase(Locale.ROOT);
        }
    }

    /** A name without the dot of the root. */
    public static String withoutRoot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static String parent(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1);
    }
}
