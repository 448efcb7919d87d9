// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Changes nothing: network bytes are application bytes. */
public final class PlainFilter implements Filter {
    private static final int SMALLEST_USEFUL_SPACE = 512;

    private boolean inputEnded;
    private boolean outputEnded;
    private boolean endReported;

    /** Creates a filter for one connection. */
    public PlainFilter() {}

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) {
        if (!network.hasRemaining()) {
            return inputEnded ? Step.CLOSED : Step.NEED_INPUT;
        }
        return copy(network, application);
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        if (outputEnded) {
            endReported = true;
            return Step.CLOSED;
        }
        return application.hasRemaining() ? copy(application, network) : Step.NEED_INPUT;
    }

    private static Step copy(ByteBuffer source, ByteBuffer target) {
        if (!target.hasRemaining()) {
            return Step.NEED_SPACE;
        }
        int length = Math.min(source.remaining(), target.remaining());
        target.put(target.position(), source, source.position(), length);
        source.position(source.position() + length);
        target.position(target.position() + length);
        return Step.PROGRESS;
    }

    @Override
    public boolean hasOutput() {
        return outputEnded && !endReported;
    }

    @Override
    public void closeOutput() {
        outputEnded = true;
    }

    @Override
    public void closeInput() {
        inputEnded = true;
    }

    @Override
    public @Nullable Runnable task() {
        return null;
    }

    @Override
    public Filter successor() {
        throw new IllegalStateException("a plain filter has no successor");
    }

    @Override
    public int networkSpace() {
        return SMALLEST_USEFUL_SPACE;
    }

    @Override
    public int applicationSpace() {
        return SMALLEST_USEFUL_SPACE;
    }

    @Override
    public boolean transparent() {
        return true;
    }
}
