// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.portcullis.Connection;
import io.portcullis.Traffic;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The connections that have not ended, and the traffic of those that have. The sums over all connections are computed
 * when read; all reads within a moment, such as those of one scrape, share them.
 */
final class LivingConnections {
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(100);
    private static final Traffic NOTHING = new Traffic(0, 0, 0, 0);

    private final Map<Connection, Entry> entries = new ConcurrentHashMap<>();
    private final Map<String, Traffic> ended = new ConcurrentHashMap<>();

    /**
     * The traffic that was reported last. A counter must not decrease, but a connection that is just ending may briefly
     * be in neither sum.
     */
    private final Map<String, Traffic> reported = new ConcurrentHashMap<>();

    private volatile Look last = new Look(System.nanoTime() - MOMENT, Map.of());

    private static final class Entry {
        private final String listener;
        private volatile ConnectionMode mode = ConnectionMode.OPENING;

        Entry(String listener) {
            this.listener = listener;
        }
    }

    /** The connections of one listener at one point in time. */
    static final class Sum {
        private static final Sum EMPTY = new Sum();

        private final Map<ConnectionMode, Integer> counts = new EnumMap<>(ConnectionMode.class);
        private long pendingBytes;
        private Traffic traffic = NOTHING;

        int count(ConnectionMode mode) {
            return counts.getOrDefault(mode, 0);
        }

        long pendingBytes() {
            return pendingBytes;
        }

        Traffic traffic() {
            return traffic;
        }

        private void add(Connection connection, Entry entry) {
            ConnectionMode mode = entry.mode;
            boolean plainAgain =
                    mode != ConnectionMode.OPENING && connection.session().isEmpty();
            counts.merge(plainAgain ? ConnectionMode.PLAIN : mode, 1, Integer::sum);
            pendingBytes += connection.pendingBytes();
            traffic = plus(traffic, connection.traffic());
        }
    }

    private record Look(long time, Map<String, Sum> sums) {}

    void add(Connection connection, String listener) {
        entries.put(connection, new Entry(listener));
    }

    void opened(Connection connection) {
        Entry entry = entries.get(connection);
        if (entry != null) {
            entry.mode = connection.session().isPresent() ? ConnectionMode.TLS : ConnectionMode.PLAIN;
        }
    }

    /** Called when a handshake is complete, whether it opens a connection or upgrades one. */
    void secured(Connection connection) {
        Entry entry = entries.get(connection);
        if (entry != null && entry.mode != ConnectionMode.OPENING) {
            entry.mode = ConnectionMode.UPGRADED;
        }
    }

    /** Removes a connection; returns whether it was present. */
    boolean remove(Connection connection) {
        Entry entry = entries.remove(connection);
        if (entry != null) {
            ended.merge(entry.listener, connection.traffic(), LivingConnections::plus);
        }
        return entry != null;
    }

    /** Returns the sum for one listener. */
    Sum look(String listener) {
        Look look = last;
        if (System.nanoTime() - look.time >= MOMENT) {
            look = new Look(System.nanoTime(), sums());
            last = look;
        }
        return look.sums.getOrDefault(listener, Sum.EMPTY);
    }

    private Map<String, Sum> sums() {
        Map<String, Sum> sums = new HashMap<>();
        ended.forEach((listener, traffic) -> sum(sums, listener).traffic = traffic);
        entries.forEach((connection, entry) -> sum(sums, entry.listener).add(connection, entry));
        sums.forEach((listener, sum) -> sum.traffic = reported.merge(listener, sum.traffic, LivingConnections::most));
        return sums;
    }

    private static Sum sum(Map<String, Sum> sums, String listener) {
        return sums.computeIfAbsent(listener, name -> new Sum());
    }

    private static Traffic plus(Traffic one, Traffic other) {
        return new Traffic(
                one.networkIn() + other.networkIn(),
                one.networkOut() + other.networkOut(),
                one.applicationIn() + other.applicationIn(),
                one.applicationOut() + other.applicationOut());
    }

    private static Traffic most(Traffic one, Traffic other) {
        return new Traffic(
                Math.max(one.networkIn(), other.networkIn()),
                Math.max(one.networkOut(), other.networkOut()),
                Math.max(one.applicationIn(), other.applicationIn()),
                Math.max(one.applicationOut(), other.applicationOut()));
    }
}
