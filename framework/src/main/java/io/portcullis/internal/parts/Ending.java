// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.CloseReason;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * The reason and cause for which a connection ends. The first reason wins, with one exception: a graceful close
 * promises that pending writes are sent, so a failure that breaks this promise replaces it. Immutable: each method
 * returns the ending that applies from then on.
 */
public final class Ending {
    /** The ending of a connection that is not ending yet. */
    static final Ending NONE = new Ending(CloseReason.LOCAL_CLOSE, null);

    /** The ending of a connection whose reason could not be recorded for lack of memory. */
    static final Ending UNKNOWN = new Ending(CloseReason.IO_FAILED, null);

    private final CloseReason reason;
    private final @Nullable Throwable cause;

    private Ending(CloseReason reason, @Nullable Throwable cause) {
        this.reason = reason;
        this.cause = cause;
    }

    public CloseReason reason() {
        return reason;
    }

    public @Nullable Throwable cause() {
        return cause;
    }

    Ending because(CloseReason why, @Nullable Throwable lyingBehind) {
        return this == NONE ? new Ending(why, lyingBehind) : this;
    }

    /** Returns the ending of a connection that ended before everything written was sent. */
    Ending brokenOff(CloseReason why, @Nullable Throwable lyingBehind) {
        boolean inOrder = reason == CloseReason.LOCAL_CLOSE || reason == CloseReason.PEER_CLOSE;
        return inOrder ? new Ending(why, lyingBehind) : this;
    }

    /** Returns the exception with which a pending change of the connection fails: the cause, if there is one. */
    public Throwable failure() {
        return cause != null ? cause : new IOException("the connection ended before: " + reason());
    }

    /** Returns the exception with which unsent writes fail; an out-of-memory error if it cannot be allocated. */
    public Throwable exception() {
        try {
            return closedChannel();
        } catch (Throwable noMemory) {
            return noMemory;
        }
    }

    private ClosedChannelException closedChannel() {
        ClosedChannelException closed = new ClosedChannelException();
        if (cause != null) {
            closed.initCause(cause);
        }
        return closed;
    }
}
