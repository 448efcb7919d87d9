// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Refuses a connection that opened with plaintext: fails it once, and leaves the peer an answer. */
final class RejectFilter implements Filter {
    private final ByteBuffer answer;
    private boolean refused;
    private boolean outputClosed;

    /**
     * A filter for one connection.
     *
     * @param answer what the peer is sent
     */
    RejectFilter(ByteBuffer answer) {
        this.answer = answer.duplicate();
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        if (refused) {
            return Step.CLOSED;
        }
        refused = true;
        throw NotTls.of(network);
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        if (!refused) {
            return Step.NEED_DECODE;
        }
        int length = Math.min(answer.remaining(), network.remaining());
        network.put(answer.slice(answer.position(), length));
        answer.position(answer.position() + length);
        outputClosed = !answer.hasRemaining();
        return outputClosed ? Step.CLOSED : Step.NEED_SPACE;
    }

    @Override
    public boolean hasOutput() {
        return refused && !outputClosed;
    }

    /** Ends the connection before it was refused: there is nothing to answer. */
    @Override
    public void closeOutput() {
        if (!refused) {
            refused = true;
            answer.position(answer.limit());
        }
    }

    @Override
    public void closeInput() {}

    @Override
    public @Nullable Runnable task() {
        return null;
    }

    @Override
    public Filter successor() {
        throw new IllegalStateException("a rejected connection has no further filter");
    }

    @Override
    public int networkSpace() {
        return 1;
    }

    @Override
    public int applicationSpace() {
        return 1;
    }
}
