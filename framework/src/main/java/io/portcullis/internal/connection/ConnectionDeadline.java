// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Idle;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Signal;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The one deadline that a connection has at any time. Activity only writes down the time; a look at the connection is
 * planned for the earliest moment at which the deadline can pass, and when it comes too early it is planned again. So a
 * request costs no timer operation. Touched by the strand alone, but for what says otherwise; the timer raises a signal
 * and nothing else.
 */
final class ConnectionDeadline extends TimingWheel.Timer {
    /**
     * So long after the socket was closed an operation that has not come back is lost: with the thread of the JDK's
     * that was at it when there was no memory. Nothing touches its buffer if the channel could be closed.
     */
    private static final long RETURN = TimeUnit.SECONDS.toNanos(10);

    /** A peer that takes so many bytes in the time for a write is not too slow. */
    private static final int BYTES_PER_WRITE_TIMEOUT = 128 * 1024;

    /** The next look at the time. */
    private enum Look {
        NONE,
        /** Planned for the expiry of the timer. */
        PLANNED,
        /** The same, which is later than the deadline of a next write. */
        POSTPONED,
        /** There is none any more. */
        OVER
    }

    private final Home home;
    private final Strand strand;

    private Life.State phase = Life.State.OPENING;
    private long phaseSince;
    private boolean writing;

    /** Of bytes in either direction. */
    private long lastActivity;

    /** Of bytes that the peer took, or the moment from which some wait for it. */
    private long lastSent;

    /** Whether {@link #lastActivity} is the time of this turn. */
    private boolean activeInTurn;

    private Look look = Look.NONE;

    /** Made when the connection gets a timeout of its own. */
    private @Nullable IdleTimes idleTimes;

    ConnectionDeadline(Home home, Strand strand) {
        this.home = home;
        this.strand = strand;
        enter(Life.State.OPENING, now());
        lastSent = phaseSince;
    }

    /** Bytes were received. The clock is looked at once in a turn. */
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

    /** Bytes were sent. */
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

    /** When the peer took bytes last, or some began to wait for it; from any thread, which may see an older time. */
    long lastSent() {
        return lastSent;
    }

    /** A turn ends in this phase, with a write outstanding or not. */
    void plan(Life.State now, boolean writeOutstanding) {
        boolean changed = now != phase;
        boolean waits = writeOutstanding && !writing;
        if (changed || waits) {
            long time = activeInTurn ? lastActivity : now();
            if (changed) {
                enter(now, time);
            }
            lastSent = time;
        }
        activeInTurn = false;
        writing = writeOutstanding;
        if (changed || waits || look == Look.NONE) {
            planFor(passes());
        }
    }

    /** Sets an idle timeout of the connection's own. */
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
     * The planned look has come; returns whether the deadline has passed, which at the end happens once. A turn that
     * has brought the connection into another phase is in time: that phase has a deadline of its own.
     *
     * @param now the phase in which the connection is
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
     * The deadline of an open connection has passed: which direction has been idle for too long, and gets its time anew
     * if the connection is kept; or null if it is a peer that takes nothing.
     */
    @Nullable
    Idle takeIdle() {
        Idle direction = idleTimes == null ? null : idleTimes.take(now());
        if (direction != null || writing) {
            return direction;
        }
        lastActivity = now();
        return Idle.BOTH;
    }

    /** The planned look has come, to a turn that has failed. */
    void missed() {
        if (look != Look.OVER) {
            look = Look.NONE;
        }
    }

    /**
     * Whether a write may be outstanding although its peer takes bytes at the least rate that is wanted,
     * {@value #BYTES_PER_WRITE_TIMEOUT} in the time for a write: an operating system tells of room only when a good
     * part of its buffer is empty, Linux when it is a third. If so, another look is planned for the moment from which
     * that cannot be.
     *
     * @param sendBuffer as the JDK says it; on Linux that is half of what the kernel counts, so two thirds of it make
     *     the third
     */
    boolean waitsForSendBuffer(int sendBuffer) {
        if (phase != Life.State.OPEN && phase != Life.State.CLOSING) {
            return false;
        }
        double steps = sendBuffer * 2.0 / 3 / BYTES_PER_WRITE_TIMEOUT;
        long until = lastSent + (long) (home.settings().write() * steps);
        boolean waits = until - now() > 0;
        if (waits) {
            look = Look.POSTPONED;
            home.machine().setTimer(this, until);
        }
        return waits;
    }

    /** Nothing is awaited any more. */
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
        long idle = lastActivity + idle();
        if (idleTimes != null) {
            idle = earlier(idle, idleTimes.passes());
        }
        return writing ? earlier(lastSent + home.settings().write(), idle) : idle;
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
