// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.trace;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionLog;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Peer;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Clock;
import io.portcullis.internal.wire.TappedTransport;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs connections as selected by {@link ConnectionLog}; the others are unaffected. */
public final class ConnectionTracer implements ConnectionObserver {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionTracer.class);

    private final Clock clock;
    private final AtomicBoolean failed = new AtomicBoolean();
    private final Function<? super Peer, ConnectionLog> choice;
    private final Map<Long, TracedConnection> traced = new ConcurrentHashMap<>();

    public ConnectionTracer(Clock clock, Function<? super Peer, ConnectionLog> choice) {
        this.clock = clock;
        this.choice = choice;
    }

    /** Returns the wire, tapped if the connection is to be traced. */
    public Wire tap(Wire wire) {
        ConnectionLog log = choose(new Peer(wire.remoteAddress(), wire.localAddress(), Optional.empty()));
        if (!log.wanted()) {
            return wire;
        }
        TracedConnection connection = new TracedConnection(clock, wire, log);
        traced.put(wire.id(), connection);
        return wire.over(new TappedTransport(wire.transport(), connection));
    }

    /**
     * Selects what is logged of a connection. If the function fails or returns null, nothing is logged: tracing must
     * not affect the connection.
     */
    private ConnectionLog choose(Peer peer) {
        try {
            return Objects.requireNonNull(choice.apply(peer), "the function of connectionLog(...) returned null");
        } catch (Throwable failure) {
            if (failed.compareAndSet(false, true)) {
                Guard.quietly(() -> LOG.warn(
                        "the function given to connectionLog(...) failed; connections for which it fails are not"
                                + " traced, and this warning is logged only once",
                        failure));
            }
            return ConnectionLog.none();
        }
    }

    @Override
    public void onDecided(Connection connection, Decision decision, Duration time) {
        with(connection, it -> it.log("decided: " + decision.getClass().getSimpleName()));
    }

    @Override
    public void onSecured(Connection connection, TlsSession session, Duration time) {
        with(connection, it -> {
            it.log("secured: " + session.protocol() + " " + session.cipherSuite()
                    + session.group().map(group -> ", group " + group).orElse("")
                    + (session.resumed() ? ", resumed" : ", full handshake")
                    + session.applicationProtocol()
                            .map(name -> ", ALPN " + ForeignText.name(name))
                            .orElse(""));
            it.handshakeOver();
        });
    }

    @Override
    public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
        with(connection, it -> it.log("failed: " + failure.getMessage()));
    }

    @Override
    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        TracedConnection it = traced.remove(connection.id());
        if (it != null) {
            it.log("ended: " + reason);
        }
    }

    private void with(Connection connection, Consumer<TracedConnection> what) {
        TracedConnection it = traced.get(connection.id());
        if (it != null) {
            what.accept(it);
        }
    }
}
