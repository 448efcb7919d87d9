// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What one connect of a client did, and when: the moments count from the call of connect, and one that was not reached
 * is empty. Immutable.
 *
 * @param host as it was asked for
 * @param port as it was asked for
 * @param admitted when it was its turn
 * @param resolved when the addresses were known; at once, if the host is an address
 * @param attempts every address that was tried, in the order in which they were begun
 * @param connected when the first address was connected
 * @param opened when the connection was ready for data: after the handshake, if there is one
 * @param session the facts of the handshake, if there was one
 */
public record ConnectTrace(
        String host,
        int port,
        Optional<Duration> admitted,
        Optional<Duration> resolved,
        List<Attempt> attempts,
        Optional<Duration> connected,
        Optional<Duration> opened,
        Optional<TlsSession> session) {

    /**
     * One address that was tried.
     *
     * @param address the address
     * @param begun when
     * @param failure why it failed; empty for the one that was connected, and for those that were given up for it
     */
    public record Attempt(InetSocketAddress address, Duration begun, Optional<Throwable> failure) {}

    /**
     * How far it came.
     *
     * @return the phase in which it failed, or {@link ConnectPhase#OPEN}
     */
    public ConnectPhase phase() {
        if (admitted.isEmpty()) {
            return ConnectPhase.ADMISSION;
        }
        if (resolved.isEmpty()) {
            return ConnectPhase.RESOLUTION;
        }
        if (connected.isEmpty()) {
            return ConnectPhase.CONNECTION;
        }
        return opened.isEmpty() ? ConnectPhase.HANDSHAKE : ConnectPhase.OPEN;
    }
}
