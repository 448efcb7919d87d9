// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Idle;
import io.portcullis.internal.loop.Durations;
import org.jspecify.annotations.Nullable;

/**
 * The idle timeouts that a connection has for itself, in nanoseconds, and the times of the last byte in each direction.
 * Touched by the strand alone.
 */
final class IdleTimes {
    private long both;
    private long read = Durations.LONGEST;
    private long write = Durations.LONGEST;
    private long lastRead;
    private long lastWritten;

    /** With the timeout for both directions that all connections have. */
    IdleTimes(long both, long now) {
        this.both = both;
        this.lastRead = now;
        this.lastWritten = now;
    }

    /** Sets one; a direction's own timeout counts from now. */
    void set(Idle which, long timeout, long now) {
        switch (which) {
            case BOTH -> both = timeout;
            case READ -> {
                read = timeout;
                lastRead = now;
            }
            case WRITE -> {
                write = timeout;
                lastWritten = now;
            }
        }
    }

    long both() {
        return both;
    }

    void received(long now) {
        lastRead = now;
    }

    void sent(long now) {
        lastWritten = now;
    }

    /** When the first of the directions has been idle for too long. */
    long passes() {
        long ofRead = lastRead + read;
        long ofWrite = lastWritten + write;
        return ofRead - ofWrite < 0 ? ofRead : ofWrite;
    }

    /** The direction that has been idle for too long, if one has; its time begins anew. */
    @Nullable
    Idle take(long now) {
        if (lastRead + read - now <= 0) {
            lastRead = now;
            return Idle.READ;
        }
        if (lastWritten + write - now <= 0) {
            lastWritten = now;
            return Idle.WRITE;
        }
        return null;
    }
}
