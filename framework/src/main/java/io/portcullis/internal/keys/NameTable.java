// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.net.IDN;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A map from server names and wildcard patterns to values. Names are compared in ASCII (IDNA), ignoring case and a
 * trailing dot (SNI, RFC 6066, 3). The asterisk of a wildcard stands for exactly one label, the first (RFC 6125,
 * 6.4.3). Any thread may read it once it is filled.
 *
 * @param <V> the type of the values
 */
public final class NameTable<V> {
    public static final String WILDCARD = "*.";

    private final Map<String, V> exact = new HashMap<>();
    private final Map<String, V> wildcards = new HashMap<>();

    /** Returns the value of a pattern after the call. */
    public V putIfAbsent(String pattern, Supplier<V> value) {
        String name = normalize(pattern);
        return name.startsWith(WILDCARD)
                ? wildcards.computeIfAbsent(name.substring(WILDCARD.length()), key -> value.get())
                : exact.computeIfAbsent(name, key -> value.get());
    }

    /** Returns the value of the exact name, or else of the matching wildcard. */
    public @Nullable V find(String serverName) {
        String name = normalize(serverName);
        V found = exact.get(name);
        return found != null ? found : wildcard(name);
    }

    /** Returns the value of a normalized name. */
    @Nullable
    V exact(String name) {
        return exact.get(name);
    }

    /** Returns the value of the wildcard that matches a normalized name. */
    @Nullable
    V wildcard(String name) {
        return wildcards.get(parent(name));
    }

    /** Returns the form in which names are compared. */
    static String normalize(String name) {
        try {
            return withoutRoot(IDN.toASCII(name)).toLowerCase(Locale.ROOT);
        } catch (IllegalArgumentException e) {
            return withoutRoot(name).toLowerCase(Locale.ROOT);
        }
    }

    /** Returns a name without the trailing dot. */
    public static String withoutRoot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }

    private static String parent(String name) {
        int dot = name.indexOf('.');
        return dot <= 0 ? "" : name.substring(dot + 1);
    }
}
