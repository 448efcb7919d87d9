// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Why a connection ends. The first reason stays, with one exception: an end in order promises that what was written is sent,
 * so whatever breaks that promise takes its place. Touched by the strand alone.
 */
final class Ending {
    private @Nullable CloseReason reason;
    private @Nullable Throwable cause;

    CloseReason reason() {
        return reason == null ? CloseReason.LOCAL_CLOSE : reason;
    }

    @Nullable
    Throwable cause() {
        return cause;
    }

    void because(CloseReason why, @Nullable Throwable lyingBehind) {
        if (reason == null) {
            reason = why;
            cause = lyingBehind;
        }
    }

    /** Before everything written was sent. */
    void brokenOff(CloseReason why, @Nullable Throwable lyingBehind) {
        if (reason == CloseReason.LOCAL_CLOSE || reason == CloseReason.PEER_CLOSE) {
            reason = null;
        }
        because(why, lyingBehind);
    }

    /** What a pending change of the connection fails with: the cause, if there is one. */
    Throwable failure() {
        return cause != null ? cause : new IOException("the connection ended before: " + reason());
    }

    /** What the writes fail with that were not sent. */
    ClosedChannelException exception() {
        ClosedChannelException closed = new ClosedChannelException();
        if (cause != null) {
            closed.initCause(cause);
        }
        return closed;
    }
}
