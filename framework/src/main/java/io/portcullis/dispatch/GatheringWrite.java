// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.channels.CompletionHandler;

/** Completes a write of several segments, whose count is a long. */
record GatheringWrite(OutboundPath path) implements CompletionHandler<Long, Void> {
    @Override
    public void completed(Long count, Void none) {
        path.completed(count.longValue());
    }

    @Override
    public void failed(Throwable cause, Void none) {
        path.failed(cause, null);
    }
}
