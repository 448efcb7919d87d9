// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** An address as it stands in a URL (RFC 3986, 3.2): an IPv6 address in brackets, then the port. */
public final class Authority {
    private Authority() {}

    /**
     * The text for people and for URLs.
     *
     * @param address of which the number is shown, or the name if it is not resolved
     * @return host and port
     */
    public static String of(InetSocketAddress address) {
        String host = host(address);
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * The host alone, without brackets.
     *
     * @param address as above
     * @return the number, or the name if it is not resolved
     */
    public static String host(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip == null ? address.getHostString() : ip.getHostAddress();
    }
}
