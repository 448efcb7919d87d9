// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.limit;

import io.portcullis.dispatch.ConnectionLimits;
import io.portcullis.internal.loop.Clock;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Enforces the {@link ConnectionLimits} of one server across all its listeners. Thread-safe and non-blocking. */
public final class Intake {
    private static final ConnectionLimits NONE = ConnectionLimits.none();

    private final Clock clock;
    private final ConnectionLimits limits;
    private final AtomicInteger inside = new AtomicInteger();

    /** Acceptors that hold a connection for which there is no room. */
    private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();

    private final Map<Object, Integer> ofAddress = new ConcurrentHashMap<>();

    /** When the next accept would be due if none came early. */
    private final AtomicLong due;

    public Intake(Clock clock, ConnectionLimits limits) {
        this.clock = clock;
        this.limits = limits;
        this.due = new AtomicLong(clock.now());
    }

    public boolean refuses() {
        return limits.refusing();
    }

    int perAddress() {
        return limits.perAddress();
    }

    /** Takes a place for a connection; returns whether there was one. */
    public boolean enter() {
        int most = limits.connections();
        return inside.getAndUpdate(count -> count < most ? count + 1 : count) < most;
    }

    /** Releases a place. */
    public void leave() {
        inside.decrementAndGet();
        callNext();
    }

    /** Registers a callback to be run once, on any thread, when there may be room. */
    public void whenThereIsRoom(Runnable acceptor) {
        waiting.add(acceptor);
        callNext();
    }

    /**
     * If there is room, calls the acceptor that has waited longest. An acceptor that does not need the room calls the
     * next.
     */
    public void callNext() {
        Runnable next = inside.get() < limits.connections() ? waiting.poll() : null;
        if (next != null) {
            next.run();
        }
    }

    /**
     * Counts a connection from an address.
     *
     * @return the key to pass to {@link #leave(Object)} when the connection ends, which also releases its place; null
     *     if the connection is not counted
     * @throws TooMany if the address has reached its limit
     */
    public @Nullable Object enter(InetAddress address) throws TooMany {
        boolean exempt = limits.exempt().map(peers -> peers.contains(address)).orElse(false);
        if (exempt || limits.perAddress() == NONE.perAddress()) {
            return null;
        }
        Object network = network(address);
        int most = limits.perAddress();
        boolean[] entered = new boolean[1];
        ofAddress.compute(network, (same, count) -> {
            int before = count == null ? 0 : count;
            entered[0] = before < most;
            return entered[0] ? Integer.valueOf(before + 1) : count;
        });
        if (!entered[0]) {
            throw new TooMany();
        }
        return network;
    }

    /**
     * Releases the place of a connection, whether or not it was counted for its address.
     *
     * @param network the key under which it was counted, or null
     */
    public void leave(@Nullable Object network) {
        try {
            if (network != null) {
                ofAddress.computeIfPresent(network, (same, count) -> count == 1 ? null : Integer.valueOf(count - 1));
            }
        } finally {
            leave();
        }
    }

    /** Returns how many addresses have connections that are counted. */
    public int addresses() {
        return ofAddress.size();
    }

    /**
     * Returns the key of an address. An IPv6 site has at least a whole /64 network (RFC 6177), and would evade a limit
     * per address.
     */
    private static Object network(InetAddress address) {
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(address.getAddress()).getLong()
                : address;
    }

    /** Records an accept; returns the delay in nanoseconds until the next one is allowed. */
    public long accepted() {
        if (limits.perSecond() == NONE.perSecond()) {
            return 0;
        }
        long interval = TimeUnit.SECONDS.toNanos(1) / limits.perSecond();
        long burst = TimeUnit.SECONDS.toNanos(1) - interval;
        long now = clock.now();
        long next = due.updateAndGet(before -> (before - now < 0 ? now : before) + interval);
        return Math.max(0, next - burst - now);
    }

    /** Thrown when an address has reached its limit of connections. */
    public static final class TooMany extends Exception {
        private static final long serialVersionUID = 1;

        TooMany() {
            super("too many connections from one address", null, false, false);
        }
    }
}
