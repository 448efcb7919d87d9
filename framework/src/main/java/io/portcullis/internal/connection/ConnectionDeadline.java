// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Idle;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Signal;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The single deadline that a connection has at any time. Activity only records the time; a check is scheduled for the
 * earliest moment at which the deadline can pass, and is rescheduled if it comes too early. So a request costs no timer
 * operation. Confined to the strand, except where noted otherwise; the timer only raises a signal.
 */
final class ConnectionDeadline extends TimingWheel.Timer {
    /**
     * The time after closing the socket at which an operation that has not completed is given up. It was lost together
     * with a thread of the JDK that ran out of memory. If the channel could be closed, nothing touches its buffer.
     */
    private static final long RETURN = TimeUnit.SECONDS.toNanos(10);

    /** A peer that takes this many bytes within the write timeout is not too slow. */
    private static final int BYTES_PER_WRITE_TIMEOUT = 128 * 1024;

    /** The state of the scheduled check. */
    private enum Look {
        NONE,
        /** Scheduled for the expiry of the timer. */
        PLANNED,
        /** The same, but perhaps later than the deadline of a following write. */
        POSTPONED,
        /** No further check. */
        OVER
    }

    private final Home home;
    private final Strand strand;

    private Life.State phase = Life.State.OPENING;
    private long phaseSince;
    private boolean writing;

    /** When bytes last moved in either direction. */
    private long lastActivity;

    /** When the peer last took bytes, or when bytes began to wait for it. */
    private long lastSent;

    /** Whether {@link #lastActivity} is the time of this turn. */
    private boolean activeInTurn;

    private Look look = Look.NONE;

    /** Created when the connection gets an idle timeout of its own. */
    private @Nullable IdleTimes idleTimes;

    ConnectionDeadline(Home home, Strand strand) {
        this.home = home;
        this.strand = strand;
        enter(Life.State.OPENING, now());
        lastSent = phaseSince;
    }

    /** Called when bytes were received. The clock is read once per turn. */
    void received() {
        active();
        if (idleTimes != null) {
            idleTimes.received(lastActivity);
        }
    }

    private void active() {
        if (!activeInTurn) {
            lastActivity = now();
            activeInTurn = true;
        }
    }

    private long now() {
        return home.machine().now();
    }

    /** Called when bytes were sent. */
    void sent() {
        active();
        lastSent = lastActivity;
        if (idleTimes != null) {
            idleTimes.sent(lastActivity);
        }
        if (look == Look.POSTPONED) {
            look = Look.NONE;
        }
    }

    /**
     * Returns when the peer last took bytes, or when bytes began to wait for it. May be called from any thread, which
     * may see an older time.
     */
    long lastSent() {
        return lastSent;
    }

    /** Called when a turn ends in this phase, with or without an outstanding write. */
    void plan(Life.State now, boolean writeOutstanding) {
        boolean changed = now != phase;
        boolean turned = writeOutstanding != writing;
        if (changed || (turned && writeOutstanding)) {
            long time = activeInTurn ? lastActivity : now();
            if (changed) {
                enter(now, time);
            }
            lastSent = time;
        }
        activeInTurn = false;
        writing = writeOutstanding;
        if (changed || turned || look == Look.NONE) {
            planFor(passes());
        }
    }

    /** Sets an idle timeout for this connection. */
    void idleTimeout(Idle which, long timeout) {
        IdleTimes own = idleTimes;
        if (own == null) {
            own = new IdleTimes(home.settings().idle(), now());
            idleTimes = own;
        }
        own.set(which, timeout, now());
        planFor(passes());
    }

    private long idle() {
        return idleTimes == null ? home.settings().idle() : idleTimes.both();
    }

    private void enter(Life.State now, long time) {
        phase = now;
        phaseSince = time;
        lastActivity = time;
    }

    /**
     * Called when the scheduled check is due; returns whether the deadline has passed. In the final phases it does so
     * only once. A turn that has moved the connection to another phase is in time, as that phase has its own deadline.
     *
     * @param now the phase that the connection is in
     */
    boolean passed(Life.State now) {
        missed();
        boolean passed = look != Look.OVER && now == phase && passes() - now() <= 0;
        if (passed && phase.compareTo(Life.State.ENDED) >= 0) {
            look = Look.OVER;
        }
        return passed;
    }

    /**
     * Called when the deadline of an open connection has passed. Returns the direction that has been idle for too long,
     * or null if the peer takes nothing. If several deadlines have passed, the earliest one wins. The time of both
     * directions starts anew in case the connection is kept; that of a single one does when {@link #notified} is
     * called.
     *
     * @param sendBuffer the size as the JDK reports it
     */
    @Nullable
    Idle takeIdle(int sendBuffer) {
        long now = now();
        long deadline =
                writing ? lastSent + Math.max(home.settings().write(), timeFor(sendBuffer)) : lastActivity + idle();
        Idle direction = idleTimes == null ? null : idleTimes.take(now, deadline);
        if (direction != null || writing) {
            return direction;
        }
        lastActivity = now;
        return Idle.BOTH;
    }

    /** Called when the handler has been notified that a direction was idle, and keeps the connection. */
    void notified(Idle direction) {
        if (idleTimes != null) {
            idleTimes.notified(direction, now());
            planFor(passes());
        }
    }

    /** Called when the scheduled check is due in a turn that has failed. */
    void missed() {
        if (look != Look.OVER) {
            look = Look.NONE;
        }
    }

    /**
     * Whether a write may still be outstanding although its peer takes bytes at the minimum rate,
     * {@value #BYTES_PER_WRITE_TIMEOUT} per write timeout: an operating system reports a socket as writable only when a
     * good part of its buffer is free, Linux when a third is. If so, another check is scheduled for the moment from
     * which that is no longer possible, or at which a direction of an open connection will have been idle for too long.
     *
     * @param sendBuffer the size as the JDK reports it; on Linux that is half of what the kernel counts, so a third of
     *     the latter is two thirds of this
     */
    boolean waitsForSendBuffer(int sendBuffer) {
        if (phase != Life.State.OPEN && phase != Life.State.CLOSING) {
            return false;
        }
        long until = lastSent + timeFor(sendBuffer);
        boolean waits = until - now() > 0;
        if (waits) {
            look = Look.POSTPONED;
            IdleTimes own = phase == Life.State.OPEN ? idleTimes : null;
            home.machine().setTimer(this, own == null ? until : earlier(until, own.passes()));
        }
        return waits;
    }

    /** Returns the time in which a good part of the send buffer becomes free at the minimum rate. */
    private long timeFor(int sendBuffer) {
        double steps = sendBuffer * 2.0 / 3 / BYTES_PER_WRITE_TIMEOUT;
        return Math.min(Durations.LONGEST, (long) (home.settings().write() * steps));
    }

    /** Cancels the deadline for good. */
    void cancel() {
        look = Look.OVER;
        home.machine().setTimer(this, TimingWheel.NEVER);
    }

    private long passes() {
        return switch (phase) {
            case NEW, OPENING, SECURING, STOPPING ->
                phaseSince + home.settings().handshake();
            case OPEN -> passesOpen();
            case CLOSING -> lastSent + home.settings().close();
            case LINGERING ->
                earlier(
                        lastActivity + home.settings().close(),
                        phaseSince + home.settings().lingering());
            case ENDED, OVER -> phaseSince + RETURN;
        };
    }

    private long passesOpen() {
        long both = writing ? lastSent + home.settings().write() : lastActivity + idle();
        return idleTimes == null ? both : earlier(both, idleTimes.passes());
    }

    private static long earlier(long one, long other) {
        return one - other < 0 ? one : other;
    }

    private void planFor(long time) {
        if (look == Look.NONE || (look != Look.OVER && time - expiry() < 0)) {
            look = Look.PLANNED;
            home.machine().setTimer(this, time);
        }
    }

    /** On the timer's thread. */
    @Override
    public void expired() {
        strand.signal(Signal.DEADLINE);
    }
}
