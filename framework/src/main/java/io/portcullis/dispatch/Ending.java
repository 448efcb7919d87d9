// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection ends. The first reason stands, unless what was meant to be an orderly close loses bytes after all.
 * Touched by the strand alone.
 */
final class Ending {
    private @Nullable CloseReason reason;
    private @Nullable Throwable cause;
    private boolean peerEnded;

    /** The peer has ended its stream in order: a close that follows is its doing. */
    void peerEnded() {
        peerEnded = true;
    }

    /** A reason, which stands if there is none yet. */
    void because(CloseReason why, @Nullable Throwable lyingBehind) {
        if (reason == null) {
            reason = why == CloseReason.LOCAL_CLOSE && peerEnded ? CloseReason.PEER_CLOSE : why;
            cause = lyingBehind;
        }
    }

    /** What was still to be sent is lost: the reason for that stands instead of the reason for closing. */
    void insteadBecause(CloseReason why, @Nullable Throwable lyingBehind) {
        reason = why;
        cause = lyingBehind;
    }

    CloseReason reason() {
        return reason == null ? CloseReason.LOCAL_CLOSE : reason;
    }

    @Nullable
    Throwable cause() {
        return cause;
    }

    /** What a write fails with that can no longer be sent. */
    ClosedChannelException exception() {
        ClosedChannelException closed = new ClosedChannelException();
        if (cause != null) {
            closed.initCause(cause);
        }
        return closed;
    }
}
