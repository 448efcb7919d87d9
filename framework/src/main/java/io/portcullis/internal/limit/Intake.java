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

/** Keeps the {@link ConnectionLimits} of one server, for all its listeners. From any thread; nobody waits. */
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

    /** Takes a place, if there is one. */
    public boolean enter() {
        int most = limits.connections();
        return inside.getAndUpdate(count -> count < most ? count + 1 : count) < most;
    }

    /** Gives a place back. */
    public void leave() {
        inside.decrementAndGet();
        callNext();
    }

    /** Has this called, on any thread, when there may be a place. */
    public void whenThereIsRoom(Runnable acceptor) {
        waiting.add(acceptor);
        callNext();
    }

    /** If there is room, calls who has waited for it longest. Who is called and does not need it calls the next. */
    public void callNext() {
        Runnable next = inside.get() < limits.connections() ? waiting.poll() : null;
        if (next != null) {
            next.run();
        }
    }

    /**
     * Counts a connection of an address.
     *
     * @return what to give to {@link #leave(Object)} at its end, together with its place; null if it is not counted
     * @throws TooMany if the address has as many as it may
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
     * Gives a place back, whose connection was counted or not.
     *
     * @param network what the address is counted under, or null
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

    /** How many addresses have connections that are counted. */
    public int addresses() {
        return ofAddress.size();
    }

    /** One has the whole of a /64 network to itself (RFC 6177), and would evade a limit of its addresses. */
    private static Object network(InetAddress address) {
        return address instanceof Inet6Address
                ? ByteBuffer.wrap(address.getAddress()).getLong()
                : address;
    }

    /** Something was accepted; says after how many nanoseconds the next may be. */
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

    /** An address has as many connections as it may. */
    public static final class TooMany extends Exception {
        private static final long serialVersionUID = 1;

        TooMany() {
            super("too many connections of one address", null, false, false);
        }
    }
}
