// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Idle;
import io.portcullis.internal.loop.Durations;
import org.jspecify.annotations.Nullable;

/**
 * The idle timeouts set for an individual connection, in nanoseconds, and the times of the last byte in each direction.
 * Confined to the strand.
 */
final class IdleTimes {
    /**
     * One direction. Once its timeout has passed, it has no further deadline until the handler has been notified, so
     * that notifications never queue up behind a callback that takes long.
     */
    private static final class Direction {
        private long timeout = Durations.LONGEST;
        private long last;
        private boolean notifying;

        long passes() {
            return last + (notifying ? Durations.LONGEST : timeout);
        }

        void restart(long now) {
            last = now;
            notifying = false;
        }
    }

    private long both;
    private final Direction read = new Direction();
    private final Direction write = new Direction();

    /** Creates the timeouts, initially with the one for both directions that all connections have. */
    IdleTimes(long both, long now) {
        this.both = both;
        read.last = now;
        write.last = now;
    }

    /** Sets a timeout; that of a single direction counts from now. */
    void set(Idle which, long timeout, long now) {
        if (which == Idle.BOTH) {
            both = timeout;
        } else {
            Direction direction = direction(which);
            direction.timeout = timeout;
            direction.restart(now);
        }
    }

    private Direction direction(Idle which) {
        return which == Idle.READ ? read : write;
    }

    long both() {
        return both;
    }

    void received(long now) {
        read.last = now;
    }

    void sent(long now) {
        write.last = now;
    }

    private Idle first() {
        return read.passes() - write.passes() <= 0 ? Idle.READ : Idle.WRITE;
    }

    /** Returns when the first of the directions will have been idle for too long. */
    long passes() {
        return direction(first()).passes();
    }

    /**
     * Returns the direction that has been idle for too long, and was so before any other deadline of the connection;
     * null if there is none.
     *
     * @param deadline the other deadline of the connection: a short timeout does not hide it
     */
    @Nullable
    Idle take(long now, long deadline) {
        Idle first = first();
        Direction direction = direction(first);
        if (direction.passes() - now > 0 || direction.passes() - deadline > 0) {
            return null;
        }
        direction.notifying = true;
        return first;
    }

    /** Called when the handler has been notified, and keeps the connection: the direction's time starts anew. */
    void notified(Idle which, long now) {
        if (which != Idle.BOTH) {
            direction(which).restart(now);
        }
    }
}
