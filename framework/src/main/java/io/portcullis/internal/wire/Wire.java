// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A new transport and its properties.
 *
 * @param host the name of the server that was connected to, for TLS; null if this side is the server
 * @param listener the listener that accepted it; null if this side has connected
 * @param counted the key under which its address is counted for the connection limits; null if it is not counted
 */
public record Wire(
        long id,
        InetSocketAddress remoteAddress,
        InetSocketAddress localAddress,
        Transport transport,
        @Nullable String host,
        @Nullable Origin listener,
        @Nullable Object counted) {

    /** Returns the same wire with the name of the server that was connected to. */
    public Wire to(String server) {
        return new Wire(id, remoteAddress, localAddress, transport, server, listener, counted);
    }

    /** Returns the same wire over another transport. */
    public Wire over(Transport other) {
        return new Wire(id, remoteAddress, localAddress, other, host, listener, counted);
    }

    /** Returns the same wire, accepted by a listener. */
    public Wire by(Origin accepting, @Nullable Object network) {
        return new Wire(id, remoteAddress, localAddress, transport, host, accepting, network);
    }

    /** Creates a wire of which this side is the server. */
    public Wire(long id, InetSocketAddress remoteAddress, InetSocketAddress localAddress, Transport transport) {
        this(id, remoteAddress, localAddress, transport, null, null, null);
    }

    /** The listener that accepted a connection. */
    public interface Origin {
        /** Returns its name in logs and metrics. */
        String name();

        /** Called when a connection has been accepted. */
        public void entered();

        /** Called when such a connection has ended. */
        void left();
    }
}
