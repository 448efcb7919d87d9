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
    private long both;
    private long read = Durations.LONGEST;
    private long write = Durations.LONGEST;
    private long lastRead;
    private long lastWritten;

    /** Creates the timeouts, initially with the one for both directions that all connections have. */
    IdleTimes(long both, long now) {
        this.both = both;
        this.lastRead = now;
        this.lastWritten = now;
    }

    /** Sets a timeout; that of a single direction counts from now. */
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

    /** Returns when the first of the directions will have been idle for too long. */
    long passes() {
        long ofRead = lastRead + read;
        long ofWrite = lastWritten + write;
        return ofRead - ofWrite < 0 ? ofRead : ofWrite;
    }

    /** Returns the direction that has been idle for too long, or null; its time starts anew. */
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
