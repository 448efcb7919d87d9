// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionLimit;
import io.portcullis.ConnectionObserver;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Meters for the connections of servers and clients: their number and mode, traffic, handshakes, and reasons for
 * closing. Add it as an observer to any number of builders, and bind it to a registry before they start; events before
 * it is bound are not counted.
 *
 * <p>Reads and writes cost nothing: bytes are summed over the connections when the meters are read. Each connection
 * costs an entry in a map, and each handshake a record of a timer. Tags are bounded: no peer can choose a value.
 */
public final class ConnectionMetrics implements ConnectionObserver, MeterBinder {
    private static final String CLIENT = "client";
    private static final String NONE = "none";

    private final Tags tags;
    private final Map<String, ListenerMeters> listeners = new ConcurrentHashMap<>();
    private final Map<Handshake, Timer> handshakes = new ConcurrentHashMap<>();
    private final LivingConnections living = new LivingConnections();
    private volatile @Nullable MeterRegistry registry;

    /** The tags that identify the timer of a handshake. */
    private record Handshake(
            String listener, String outcome, String protocol, String suite, String group, boolean resumed) {}

    /** Creates meters without additional tags. */
    public ConnectionMetrics() {
        this(Tags.empty());
    }

    /**
     * Creates meters with additional tags.
     *
     * @param tags added to all meters, to distinguish the servers of a process
     */
    public ConnectionMetrics(Iterable<Tag> tags) {
        this.tags = Tags.of(tags);
    }

    /**
     * Starts recording into a registry.
     *
     * @param meters the registry; to record into several, combine them in a composite registry
     * @throws IllegalStateException if the meters are already bound
     */
    @Override
    public void bindTo(MeterRegistry meters) {
        if (registry != null) {
            throw new IllegalStateException(
                    "these meters are already bound; for several registries, bind a CompositeMeterRegistry");
        }
        registry = meters;
    }

    /** Returns null until there is a registry. */
    private @Nullable ListenerMeters meters(String listener) {
        MeterRegistry meters = registry;
        return meters == null
                ? null
                : listeners.computeIfAbsent(
                        listener, name -> new ListenerMeters(meters, tags.and("listener", name), name, living));
    }

    private static String name(Connection connection) {
        return connection.listenerName().orElse(CLIENT);
    }

    @Override
    public void onAccepted(Connection connection) {
        ListenerMeters meters = meters(name(connection));
        if (meters != null) {
            living.add(connection, meters.name());
            meters.accepted();
        }
    }

    @Override
    public void onRefused(InetSocketAddress remote, String listener, ConnectionLimit limit) {
        MeterRegistry meters = registry;
        if (meters != null) {
            Counter.builder("portcullis.connections.refused")
                    .description("Connections refused by a limit")
                    .tags(tags.and("listener", listener, "limit", limit.name()))
                    .register(meters)
                    .increment();
        }
    }

    @Override
    public void onOpened(Connection connection) {
        living.opened(connection);
    }

    @Override
    public void onSecured(Connection connection, TlsSession session, Duration time) {
        living.secured(connection);
        record(
                new Handshake(
                        name(connection),
                        "SUCCESS",
                        session.protocol(),
                        session.cipherSuite(),
                        session.group().orElse(NONE),
                        session.resumed()),
                time);
    }

    @Override
    public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
        record(new Handshake(name(connection), failure.failure().name(), NONE, NONE, NONE, false), time);
    }

    private void record(Handshake handshake, Duration time) {
        MeterRegistry meters = registry;
        if (meters != null) {
            handshakes.computeIfAbsent(handshake, key -> timer(key, meters)).record(time);
        }
    }

    private Timer timer(Handshake handshake, MeterRegistry meters) {
        return Timer.builder("portcullis.handshakes")
                .description("TLS handshakes, from the first byte to completion or failure")
                .tags(tags.and(
                        "listener",
                        handshake.listener,
                        "outcome",
                        handshake.outcome,
                        "protocol",
                        handshake.protocol,
                        "suite",
                        handshake.suite,
                        "group",
                        handshake.group,
                        "resumed",
                        Boolean.toString(handshake.resumed)))
                .register(meters);
    }

    @Override
    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        MeterRegistry meters = registry;
        if (living.remove(connection) && meters != null) {
            Counter.builder("portcullis.connections.closed")
                    .description("Connections that have ended")
                    .tags(tags.and("listener", name(connection), "reason", reason.name()))
                    .register(meters)
                    .increment();
        }
    }
}
