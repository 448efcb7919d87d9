// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A new transport and what is known of it.
 *
 * @param host the name of the server that was connected to, for TLS; null if this side is the server
 * @param listener what accepted it; null if this side has connected
 * @param counted under what its address is counted (the limits of connections); null if it is not
 */
public record Wire(
        long id,
        InetSocketAddress remoteAddress,
        InetSocketAddress localAddress,
        Transport transport,
        @Nullable String host,
        @Nullable Origin listener,
        @Nullable Object counted) {

    /** The same, with the name of the server that was connected to. */
    public Wire to(String server) {
        return new Wire(id, remoteAddress, localAddress, transport, server, listener, counted);
    }

    /** The same over another transport. */
    public Wire over(Transport other) {
        return new Wire(id, remoteAddress, localAddress, other, host, listener, counted);
    }

    /** The same, accepted by a listener. */
    public Wire by(Origin accepting, @Nullable Object network) {
        return new Wire(id, remoteAddress, localAddress, transport, host, accepting, network);
    }

    /** This side is the server. */
    public Wire(long id, InetSocketAddress remoteAddress, InetSocketAddress localAddress, Transport transport) {
        this(id, remoteAddress, localAddress, transport, null, null, null);
    }

    /** What has accepted a connection. */
    public interface Origin {
        /** What it is called in logs and metrics. */
        String name();

        /** A connection has come by it. */
        public void entered();

        /** That one has ended. */
        void left();
    }
}
