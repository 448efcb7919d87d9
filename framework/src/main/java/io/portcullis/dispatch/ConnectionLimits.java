// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.proxy.TrustedPeers;
import java.util.Optional;

/**
 * Limits the connections that a server accepts: at a time, per client address, and per second. Connections beyond a
 * limit wait in the backlog of the operating system, where they cost nothing, and are accepted when there is room; or
 * they are refused: closed without a response, and reported to {@link io.portcullis.ConnectionObserver#onRefused}.
 *
 * <p>{@link AdmissionLimit} limits how many TLS handshakes compute at a time. The limits of this class bound how many
 * have begun.
 *
 * @param connections the maximum number at a time, over all listeners of the server; at least 1
 * @param refusing whether connections above that number are refused, rather than left in the backlog
 * @param perAddress the maximum number at a time per client address; at least 1. An IPv6 /64 network counts as one
 *     address. Connections above it are refused. With a PROXY header, the client that it names is counted
 * @param exempt addresses that are not counted, such as those of proxies, whose clients are counted once their header
 *     has come; empty if all addresses are counted
 * @param perSecond the maximum number accepted per second, after a burst of as many; at least 1. Further connections
 *     wait
 */
public record ConnectionLimits(
        int connections, boolean refusing, int perAddress, Optional<TrustedPeers> exempt, int perSecond) {
    private static final int NONE = Integer.MAX_VALUE;

    /**
     * Creates limits.
     *
     * @param connections at least 1
     * @param refusing whether those above that number are refused
     * @param perAddress at least 1
     * @param exempt the addresses that are not counted
     * @param perSecond at least 1
     */
    public ConnectionLimits(
            int connections, boolean refusing, int perAddress, Optional<TrustedPeers> exempt, int perSecond) {
        if (connections < 1 || perAddress < 1 || perSecond < 1) {
            throw new IllegalArgumentException("a limit of connections must be at least 1, not " + connections
                    + " at a time, " + perAddress + " per address, " + perSecond + " per second");
        }
        this.connections = connections;
        this.refusing = refusing;
        this.perAddress = perAddress;
        this.exempt = exempt;
        this.perSecond = perSecond;
    }

    /**
     * Returns limits that are never reached, the default: only the file descriptors of the process bound the
     * connections.
     *
     * @return the limits
     */
    public static ConnectionLimits none() {
        return new ConnectionLimits(NONE, false, NONE, Optional.empty(), NONE);
    }

    /**
     * Returns these limits with a maximum number of connections at a time; further ones wait in the backlog.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits connections(int most) {
        return new ConnectionLimits(most, refusing, perAddress, exempt, perSecond);
    }

    /**
     * Returns these limits, except that connections above the maximum number are refused immediately.
     *
     * @return the limits
     */
    public ConnectionLimits refuse() {
        return new ConnectionLimits(connections, true, perAddress, exempt, perSecond);
    }

    /**
     * Returns these limits with a maximum number of connections at a time per client address.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits perAddress(int most) {
        return new ConnectionLimits(connections, refusing, most, exempt, perSecond);
    }

    /**
     * Returns these limits with addresses that are not counted: those of proxies, whose clients are counted instead.
     *
     * @param peers the addresses
     * @return the limits
     */
    public ConnectionLimits exempt(TrustedPeers peers) {
        return new ConnectionLimits(connections, refusing, perAddress, Optional.of(peers), perSecond);
    }

    /**
     * Returns these limits with a maximum number of accepts per second.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits perSecond(int most) {
        return new ConnectionLimits(connections, refusing, perAddress, exempt, most);
    }
}
