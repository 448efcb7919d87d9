// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;

/** Consumes all network bytes at once and returns one frame per application buffer, as a native engine may. */
final class HoardingFilter extends FrameFilter {
    private ByteBuffer hoard = ByteBuffer.allocate(0);

    HoardingFilter() {
        super(false);
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        hoard = ByteBuffer.allocate(hoard.remaining() + network.remaining())
                .put(hoard)
                .put(network)
                .flip();
        Step step = super.decode(hoard, application);
        return step == Step.PROGRESS && application.position() > 0 ? Step.NEED_SPACE : step;
    }

    @Override
    public boolean hasInput() {
        return hoard.hasRemaining();
    }
}
