// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.Connection;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connect.Dialer;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.RejectFilter;
import io.portcullis.tls.TlsException;
import java.net.InetSocketAddress;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Connects, as a client does, to the target of a relayed connection, which waits meanwhile. When both connections are
 * open, bytes are passed from each to the other ({@link RelaySide}).
 */
final class Relay extends WaitingFilter {
    private final BufferPool buffers;
    private final Dialer relays;
    private final InetSocketAddress target;
    private @Nullable Future<Connection> connect;
    private @Nullable RelaySide there;
    private boolean connected;

    Relay(BufferPool buffers, Dialer relays, InetSocketAddress target) {
        this.buffers = buffers;
        this.relays = relays;
        this.target = target;
    }

    /** Starts to connect on behalf of a connection. Called in its turn, or before it starts. */
    void begin(SocketConnection here) {
        RelaySide near = new RelaySide(buffers, here.handler());
        RelaySide far = new RelaySide(buffers, null) {
            @Override
            public void onOpen(Connection opened) {
                near.passesTo(opened);
                own = opened;
                if (opened instanceof SocketConnection state) {
                    state.handOver(this, this);
                }
                if (here.outputEnded()) {
                    opened.abort();
                } else {
                    here.tell(() -> connected(here, near));
                }
            }
        };
        far.passesTo(here);
        there = far;
        String host = target.isUnresolved()
                ? target.getHostString()
                : target.getAddress().getHostAddress();
        var connecting = relays.connect(host, target.getPort(), far, null);
        connect = connecting;
        var unused = connecting.whenComplete((opened, failure) -> {
            if (failure != null) {
                here.tell(() -> goOn(() -> new RejectFilter(new TlsException(
                        HandshakeFailure.RELAY_FAILED,
                        "cannot relay the connection: " + failure.getMessage(),
                        failure))));
            }
        });
    }

    private void connected(SocketConnection here, RelaySide near) {
        goOn(() -> {
            connected = true;
            near.own = here;
            here.handOver(near, near);
            return new PlainFilter();
        });
    }

    /** Called when the connection continues, or has ended before the other one was open. */
    @Override
    public void free() {
        if (connected) {
            return;
        }
        if (connect != null) {
            connect.cancel(false);
        }
        Connection opened = there == null ? null : there.own;
        if (opened != null) {
            opened.abort();
        }
    }
}
