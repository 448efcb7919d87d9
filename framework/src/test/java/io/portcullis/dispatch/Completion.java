// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** A completion handler that is interested in success only. */
abstract class Completion<A> implements CompletionHandler<Void, A> {
    abstract void completed(A attachment);

    @Override
    public void completed(@Nullable Void none, A attachment) {
        completed(attachment);
    }

    @Override
    public void failed(Throwable cause, A attachment) {}
}
