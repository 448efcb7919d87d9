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
 * Happy Eyeballs (RFC 8305, section 5): tries the addresses of a host one after the other. Each attempt starts a short
 * delay after the previous one, or at once when that one fails. The first connection wins, and the others are closed.
 * An attempt is not cancelled before that, since a slow one may still win.
 *
 * <p>Confined to the strand of its owner, which runs all events from timers and sockets.
 */
final class AddressRace {

    /** The owner of a race. Except for {@link #later} and {@link #report}, called on its own strand. */
    interface Owner {
        /** Runs an event on the strand, never inside the call. May be called on any thread. */
        void later(Runnable event);

        /** Runs an existing event on the strand, once. As {@link #later}, but needs no memory. */
        void report(Inbox.Message event);

        /** Called when the first address is connected; the other attempts are closed. */
        void connected(Wire wire);

        /** Called when every address has failed. */
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

    /** Returns the attempts in the order in which they were started. */
    List<Attempt> attempts() {
        return attempts;
    }

    /** Starts the next attempt, and schedules the one after it. Called by the owner for the first attempt. */
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

    /**
     * Called when the delay after an attempt has passed. If that attempt has failed meanwhile, the next one has already
     * started.
     */
    private void delayPassed(Attempt last) {
        if (!over && last == attempts.get(attempts.size() - 1)) {
            next();
        }
    }

    /** Closes all attempts; the owner is not called any more. Needs no memory. */
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

    /** An attempt for one address, which is also the message that reports its outcome. */
    final class Attempt extends Inbox.Message implements CompletionHandler<Wire, @Nullable Void> {
        private final InetSocketAddress address;
        private final long begun = timers.now();
        private @Nullable Transport transport;
        private @Nullable Throwable failure;

        /** Whether the outcome was reported: a channel may throw although it has begun, and then complete as well. */
        private final AtomicBoolean reported = new AtomicBoolean();

        /** The outcome, set by the thread that observed it: either this or {@link #cause}. */
        private @Nullable Wire wire;

        private @Nullable Throwable cause;

        Attempt(InetSocketAddress address) {
            this.address = address;
        }

        InetSocketAddress address() {
            return address;
        }

        /** Returns when the attempt started, in nanoseconds of the clock. */
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
