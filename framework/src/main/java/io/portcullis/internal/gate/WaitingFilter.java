// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds a connection while a decision about it is pending: it neither reads nor sends until the next filter is set.
 * Confined to the strand.
 */
class WaitingFilter implements Filter {
    private @Nullable Supplier<Filter> next;
    private @Nullable Filter successor;

    /** Sets the supplier of the successor; the caller then drives the connection. Only the first call has an effect. */
    final void goOn(Supplier<Filter> maker) {
        if (next == null) {
            next = maker;
        }
    }

    @Override
    public final Step decode(ByteBuffer network, ByteBuffer application) {
        if (successor == null && next != null) {
            successor = next.get();
        }
        return successor == null ? Step.NEED_INPUT : Step.REPLACE;
    }

    @Override
    public final Step encode(ByteBuffer application, ByteBuffer network) {
        return Step.NEED_DECODE;
    }

    @Override
    public final boolean waitsForDecision() {
        return next == null;
    }

    @Override
    public final boolean hasInput() {
        return next != null;
    }

    @Override
    public final boolean hasOutput() {
        return false;
    }

    /** Does nothing: no data is sent to a peer about which no decision has been made. */
    @Override
    public final void closeOutput() {}

    /** Does nothing: the end of the input is passed to the successor again. */
    @Override
    public final void closeInput() {}

    @Override
    public final @Nullable Runnable task() {
        return null;
    }

    @Override
    public final Filter successor() {
        if (successor == null) {
            throw new IllegalStateException("no decision has been made yet");
        }
        return successor;
    }

    @Override
    public final int networkSpace() {
        return 1;
    }

    @Override
    public final int applicationSpace() {
        return 1;
    }
}
