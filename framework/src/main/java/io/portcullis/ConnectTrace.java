// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The steps of one connect of a client and their times. Times count from the call of connect; the time of a step that
 * was not reached is empty. Immutable.
 *
 * @param host the requested host
 * @param port the requested port
 * @param admitted when the connect was admitted
 * @param resolved when the addresses were known; immediately if the host is an address
 * @param attempts every address that was tried, in the order in which the attempts began
 * @param connected when the first address was connected
 * @param opened when the connection was ready for data, which is after the handshake, if any
 * @param session the TLS session, if there was a handshake
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
     * An attempt to connect to one address.
     *
     * @param address the address
     * @param begun when the attempt began
     * @param failure the failure; empty for the address that was connected, and for those abandoned in its favor
     */
    public record Attempt(InetSocketAddress address, Duration begun, Optional<Throwable> failure) {}

    /**
     * Returns the phase that the connect reached.
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
