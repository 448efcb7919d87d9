// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Timers;
import io.portcullis.internal.wire.Connector;
import io.portcullis.internal.wire.Transport;
import io.portcullis.internal.wire.Wire;
import java.net.InetSocketAddress;
import java.nio.channels.CompletionHandler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Happy Eyeballs (RFC 8305, 5): the addresses of a host are tried one after the other, each a short delay after the one
 * before it, or at once when that one fails; the first that is connected wins, and the others are closed. Attempts are
 * not given up before: one that is slow may still win.
 *
 * <p>Belongs to the strand of its owner, which runs all the events in which timers and sockets report.
 */
final class AddressRace {

    /** Who wants to know. Called on the owner's strand. */
    interface Owner {
        /** Runs an event on the strand, from any thread, never inside the call. */
        void later(Runnable event);

        /** The same, once, for an event that was made before: needs no memory. */
        void report(Inbox.Message event);

        /** The first address is connected; the others are closed. */
        void connected(Wire wire);

        /** Every address has failed. */
        void unreachable();
    }

    private final Timers timers;
    private final Connector connector;
    private final long delay;
    private final Owner owner;
    private final Queue<InetSocketAddress> waiting;
    private final List<Attempt> attempts = new ArrayList<>();
    private @Nullable Future<?> plan;
    private int running;
    private boolean over;

    AddressRace(Timers timers, Connector connector, long delay, List<InetSocketAddress> addresses, Owner owner) {
        this.timers = timers;
        this.connector = connector;
        this.delay = delay;
        this.waiting = new ArrayDeque<>(addresses);
        this.owner = owner;
    }

    /** In the order in which they were begun. */
    List<Attempt> attempts() {
        return attempts;
    }

    /** Begins the next attempt, and plans the one after it; called by the owner for the first. */
    void next() {
        cancelPlan();
        InetSocketAddress address = waiting.poll();
        if (address == null) {
            return;
        }
        Attempt attempt = new Attempt(address);
        attempts.add(attempt);
        running++;
        attempt.begin();
        if (!waiting.isEmpty()) {
            plan = timers.schedule(() -> owner.later(() -> delayPassed(attempt)), delay);
        }
    }

    /** Of an attempt; one that has failed meanwhile has begun the next one already. */
    private void delayPassed(Attempt last) {
        if (!over && last == attempts.get(attempts.size() - 1)) {
            next();
        }
    }

    /** Closes everything; the owner is told nothing more. Needs no memory. */
    void stop() {
        over = true;
        cancelPlan();
        for (int i = 0; i < attempts.size(); i++) {
            attempts.get(i).close();
        }
    }

    private void cancelPlan() {
        if (plan != null) {
            plan.cancel(false);
            plan = null;
        }
    }

    private void failed(Attempt attempt, Throwable cause) {
        if (over) {
            return;
        }
        attempt.close();
        attempt.failure = cause;
        running--;
        if (waiting.isEmpty() && running == 0) {
            stop();
            owner.unreachable();
        } else {
            next();
        }
    }

    private void won(Attempt attempt, Wire wire) {
        if (over) {
            wire.transport().close();
            return;
        }
        attempt.transport = null;
        try {
            stop();
        } catch (Throwable noMemory) {
            wire.transport().close();
            throw noMemory;
        }
        owner.connected(wire);
    }

    /** One address that is tried, and the message that tells how that went. */
    final class Attempt extends Inbox.Message implements CompletionHandler<Wire, @Nullable Void> {
        private final InetSocketAddress address;
        private final long begun = timers.now();
        private @Nullable Transport transport;
        private @Nullable Throwable failure;

        /** Whether it is told how it went: a channel may throw although it has begun, and then tell of the end, too. */
        private final AtomicBoolean reported = new AtomicBoolean();

        /** How it went, from the thread that saw it: one of the two. */
        private @Nullable Wire wire;

        private @Nullable Throwable cause;

        Attempt(InetSocketAddress address) {
            this.address = address;
        }

        InetSocketAddress address() {
            return address;
        }

        /** In nanoseconds of the clock. */
        long begun() {
            return begun;
        }

        @Nullable
        Throwable failure() {
            return failure;
        }

        private void begin() {
            try {
                transport = connector.connect(address, this);
            } catch (Throwable notStarted) {
                failed(notStarted, null);
            }
        }

        private void close() {
            if (transport != null) {
                transport.close();
                transport = null;
            }
        }

        @Override
        public void completed(Wire connected, @Nullable Void none) {
            if (reported.compareAndSet(false, true)) {
                wire = connected;
                owner.report(this);
            } else {
                connected.transport().close();
            }
        }

        @Override
        public void failed(Throwable why, @Nullable Void none) {
            if (reported.compareAndSet(false, true)) {
                cause = why;
                owner.report(this);
            }
        }

        @Override
        public void run() {
            if (wire != null) {
                won(this, wire);
            } else if (cause != null) {
                AddressRace.this.failed(this, cause);
            }
        }
    }
}
