// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Holds a connection about which somebody else decides: it neither reads nor sends until it is told what comes next.
 * Touched by the strand alone.
 */
class WaitingFilter implements Filter {
    private @Nullable Supplier<Filter> next;
    private @Nullable Filter successor;

    /** The decision has come; the connection is to be driven on. The first one counts. */
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

    /** There is nothing to say to a peer about which nothing is decided. */
    @Override
    public final void closeOutput() {}

    /** The successor is told again. */
    @Override
    public final void closeInput() {}

    @Override
    public final @Nullable Runnable task() {
        return null;
    }

    @Override
    public final Filter successor() {
        if (successor == null) {
            throw new IllegalStateException("nothing is decided yet");
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
