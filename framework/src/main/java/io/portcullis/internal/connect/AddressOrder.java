// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Determines which addresses of a host are tried, and in which order. */
public final class AddressOrder {
    private static final String BYTE = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
    private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");

    private AddressOrder() {}

    /** Returns the address if the host is an IP literal, without a lookup; null if it is a name. */
    static @Nullable InetAddress literal(String host) throws UnknownHostException {
        return host.indexOf(':') >= 0 || IPV4.matcher(host).matches() ? InetAddress.getByName(host) : null;
    }

    /**
     * Interleaves the address families, IPv6 first, so that a broken family costs only one delay (RFC 8305, section 4).
     * The order within a family is preserved; duplicate addresses are tried once.
     */
    public static List<InetAddress> interleaved(Collection<InetAddress> addresses) {
        Queue<InetAddress> six = new ArrayDeque<>();
        Queue<InetAddress> four = new ArrayDeque<>();
        for (InetAddress address : new LinkedHashSet<>(addresses)) {
            (address instanceof Inet6Address ? six : four).add(address);
        }
        List<InetAddress> order = new ArrayList<>();
        while (!six.isEmpty() && !four.isEmpty()) {
            order.add(six.remove());
            order.add(four.remove());
        }
        order.addAll(six);
        order.addAll(four);
        return order;
    }
}
