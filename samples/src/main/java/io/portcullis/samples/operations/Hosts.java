// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The host names under which pages are served: {@code localhost}, any address literal of a URL, and the configured
 * names. Without this check, a malicious page in a browser on this machine could read the pages by letting its own name
 * resolve to this machine (DNS rebinding), because the browser then takes both for the same site. An address literal
 * cannot be redirected.
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
     * Returns whether pages are served under the given name.
     *
     * @param authority host and optional port, as sent by the client (RFC 9110, 7.2); may be empty, which no browser
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
