// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.CloseReason;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection ends. The first reason stays, with one exception: an end in order promises that what was written is
 * sent, so whatever breaks that promise takes its place. Cannot be changed: each answer is the one that holds from then
 * on.
 */
public final class Ending {
    /** Of a connection that does not end yet. */
    static final Ending NONE = new Ending(CloseReason.LOCAL_CLOSE, null);

    /** Of one that ended when there was no memory to say why. */
    static final Ending UNSAID = new Ending(CloseReason.IO_FAILED, null);

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

    /** Before everything written was sent. */
    Ending brokenOff(CloseReason why, @Nullable Throwable lyingBehind) {
        boolean inOrder = reason == CloseReason.LOCAL_CLOSE || reason == CloseReason.PEER_CLOSE;
        return inOrder ? new Ending(why, lyingBehind) : this;
    }

    /** What a pending change of the connection fails with: the cause, if there is one. */
    public Throwable failure() {
        return cause != null ? cause : new IOException("the connection ended before: " + reason());
    }

    /** What the writes fail with that were not sent; if there is no memory for it, with that. */
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
