// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Formats an address as it appears in a URL (RFC 3986, 3.2): an IPv6 address in brackets, then the port. */
public final class Authority {
    private Authority() {}

    /**
     * Returns host and port.
     *
     * @param address the address; shown as an IP address, or as a host name if it is not resolved
     * @return host and port
     */
    public static String of(InetSocketAddress address) {
        String host = host(address);
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /**
     * Returns the host alone, without brackets.
     *
     * @param address as above
     * @return the IP address, or the host name if it is not resolved
     */
    public static String host(InetSocketAddress address) {
        InetAddress ip = address.getAddress();
        return ip == null ? address.getHostString() : ip.getHostAddress();
    }
}
