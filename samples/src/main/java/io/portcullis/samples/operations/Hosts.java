// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The names under which pages may be asked for: {@code localhost}, any address as it stands in a URL, and those that
 * are configured. Without that, a page of a stranger in a browser of this machine could read them: it lets its own name
 * point to this machine (DNS rebinding), and the browser takes both for one site. An address cannot be pointed
 * elsewhere.
 */
final class Hosts {
    private static final Pattern IPV4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("\\[[0-9A-Fa-f:.]+]");
    private static final Pattern PORT = Pattern.compile(":\\d*$");

    private final Set<String> names;

    Hosts(Collection<String> names) {
        this.names = names.stream().map(Hosts::canonical).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Whether a page may be asked for under that name.
     *
     * @param authority host and perhaps port, as the client has sent it (RFC 9110, 7.2); may be empty, which no browser
     *     sends, and which is refused
     */
    boolean contains(String authority) {
        String host = canonical(PORT.matcher(authority).replaceFirst(""));
        return host.equals("localhost")
                || IPV4.matcher(host).matches()
                || IPV6.matcher(host).matches()
                || names.contains(host);
    }

    private static String canonical(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
