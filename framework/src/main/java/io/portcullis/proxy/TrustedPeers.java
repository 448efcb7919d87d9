// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Address ranges from which a PROXY header is trusted. No range trusts all peers by accident: that requires
 * {@code 0.0.0.0/0} and {@code ::/0} explicitly. Immutable.
 */
public final class TrustedPeers {
    private final List<Range> ranges;

    private TrustedPeers(List<Range> ranges) {
        this.ranges = ranges;
    }

    private static final class Range {
        private final String text;
        private final byte[] network;
        private final int prefix;

        Range(String text, byte[] network, int prefix) {
            this.text = text;
            this.network = network;
            this.prefix = prefix;
        }

        boolean contains(byte... address) {
            if (address.length != network.length) {
                return false;
            }
            int wholeBytes = prefix / 8;
            for (int i = 0; i < wholeBytes; i++) {
                if (address[i] != network[i]) {
                    return false;
                }
            }
            int mask = 0xff00 >> prefix % 8 & 0xff;
            return wholeBytes == network.length || ((address[wholeBytes] ^ network[wholeBytes]) & mask) == 0;
        }

        boolean hasBitsBehindThePrefix() {
            for (int bit = prefix; bit < network.length * 8; bit++) {
                if ((network[bit / 8] >> (7 - bit % 8) & 1) != 0) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * Returns peers that consist of the given ranges.
     *
     * @param ranges in CIDR notation (RFC 4632), such as {@code 10.0.0.0/8} and {@code 2001:db8::/32}, or single
     *     addresses; not host names
     * @return the peers
     * @throws IllegalArgumentException if no range is given, or one of them is invalid
     */
    public static TrustedPeers of(String... ranges) {
        if (ranges.length == 0) {
            throw new IllegalArgumentException("TrustedPeers: specify at least one range, such as 10.0.0.0/8");
        }
        List<Range> parsed = new ArrayList<>();
        for (String range : ranges) {
            parsed.add(parse(range));
        }
        return new TrustedPeers(List.copyOf(parsed));
    }

    private static Range parse(String text) {
        int slash = text.indexOf('/');
        @Nullable InetAddress address = IpLiterals.parse(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw notARange(text, "its address is invalid; host names are not looked up");
        }
        byte[] network = address.getAddress();
        int longest = network.length * 8;
        int prefix = slash < 0 ? longest : IpLiterals.number(text.substring(slash + 1), longest);
        if (prefix < 0) {
            throw notARange(text, "its prefix must be from 0 to " + longest);
        }
        Range range = new Range(text, network, prefix);
        if (range.hasBitsBehindThePrefix()) {
            throw notARange(
                    text, "its address has bits set after the prefix of " + prefix + "; is the prefix correct?");
        }
        return range;
    }

    private static IllegalArgumentException notARange(String text, String reason) {
        return new IllegalArgumentException("TrustedPeers: '" + text + "' is not an address range: " + reason
                + ". Write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7");
    }

    /**
     * Returns whether a PROXY header from this address is trusted.
     *
     * @param address the address of the peer of the TCP connection
     * @return whether one of the ranges contains it; false for an address that is not resolved
     */
    public boolean contains(InetSocketAddress address) {
        return address.getAddress() != null && contains(address.getAddress());
    }

    /**
     * Returns whether a PROXY header from this address is trusted.
     *
     * @param address the address of the peer of the TCP connection
     * @return whether one of the ranges contains it
     */
    public boolean contains(InetAddress address) {
        byte[] bytes = address.getAddress();
        return ranges.stream().anyMatch(range -> range.contains(bytes));
    }

    @Override
    public String toString() {
        return ranges.stream().map(range -> range.text).toList().toString();
    }
}
