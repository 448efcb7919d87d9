// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/** Fails a write that was requested during a change between plaintext and TLS, in its order among the others. */
final class RefusedWrite<A> implements CompletionHandler<Void, A> {
    private final CompletionHandler<Void, ? super A> handler;

    RefusedWrite(CompletionHandler<Void, ? super A> handler) {
        this.handler = handler;
    }

    @Override
    public void completed(@Nullable Void none, A attachment) {
        failed(
                new IllegalStateException(
                        "nothing can be written between the call of startTls or stopTls and its completion:"
                                + " write in onSecured, or when the future completes"),
                attachment);
    }

    @Override
    public void failed(Throwable cause, A attachment) {
        handler.failed(cause, attachment);
    }
}
