// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.proxy.TrustedPeers;
import java.util.Optional;

/**
 * How many connections a server takes, at a time, of one address, and in a second. What comes faster or above waits in
 * the backlog of the operating system, where it costs nothing and is taken when there is room; or it is refused: closed
 * without an answer, and told to {@link io.portcullis.ConnectionObserver#onRefused}.
 *
 * <p>How many TLS handshakes compute at a time is another limit: {@link AdmissionLimit}. These here bound how many have
 * begun.
 *
 * @param connections how many at a time, over all listeners of the server; at least 1
 * @param refusing whether those above that number are refused, rather than left waiting
 * @param perAddress how many at a time of one client's address; at least 1. Of IPv6 a /64 network counts as one. What
 *     exceeds it is refused. Behind a PROXY header the client that it names is counted
 * @param exempt addresses that are not counted, such as those of proxies: their clients are, once their header has
 *     come; empty if all are
 * @param perSecond how many are accepted in a second, after a burst of as many; at least 1. What comes faster waits
 */
public record ConnectionLimits(
        int connections, boolean refusing, int perAddress, Optional<TrustedPeers> exempt, int perSecond) {
    private static final int NONE = Integer.MAX_VALUE;

    /**
     * Limits.
     *
     * @param connections at least 1
     * @param refusing whether those above that number are refused
     * @param perAddress at least 1
     * @param exempt who is not counted
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
     * No limits, which is the default: what the descriptors of the process allow.
     *
     * @return limits that are never reached
     */
    public static ConnectionLimits none() {
        return new ConnectionLimits(NONE, false, NONE, Optional.empty(), NONE);
    }

    /**
     * The same with so many connections at a time; the others wait in the backlog.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits connections(int most) {
        return new ConnectionLimits(most, refusing, perAddress, exempt, perSecond);
    }

    /**
     * The same, but what exceeds the number of connections is refused at once.
     *
     * @return the limits
     */
    public ConnectionLimits refuse() {
        return new ConnectionLimits(connections, true, perAddress, exempt, perSecond);
    }

    /**
     * The same with so many connections at a time of one address.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits perAddress(int most) {
        return new ConnectionLimits(connections, refusing, most, exempt, perSecond);
    }

    /**
     * The same, but these addresses are not counted: those of proxies, whose clients are counted instead.
     *
     * @param peers the addresses
     * @return the limits
     */
    public ConnectionLimits exempt(TrustedPeers peers) {
        return new ConnectionLimits(connections, refusing, perAddress, Optional.of(peers), perSecond);
    }

    /**
     * The same with so many accepts in a second.
     *
     * @param most at least 1
     * @return the limits
     */
    public ConnectionLimits perSecond(int most) {
        return new ConnectionLimits(connections, refusing, perAddress, exempt, most);
    }
}
