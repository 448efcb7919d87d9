// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.internal.wire.Transport;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends the bytes that precede everything else, before there is a connection: a PROXY header. */
final class PrefaceWrite implements CompletionHandler<Integer, Void> {
    private final Transport transport;
    private final ByteBuffer bytes;
    private final Consumer<@Nullable Throwable> done;
    private final AtomicBoolean reported = new AtomicBoolean();

    /**
     * Creates a write that has not begun.
     *
     * @param transport connected; its owner closes it to cancel the write
     * @param bytes belong to this object
     * @param done called once, on any thread: with null when the bytes are sent, or with the failure; must not throw
     */
    PrefaceWrite(Transport transport, ByteBuffer bytes, Consumer<@Nullable Throwable> done) {
        this.transport = transport;
        this.bytes = bytes;
        this.done = done;
    }

    void send() {
        transport.write(bytes, this);
    }

    @Override
    public void completed(Integer count, Void none) {
        if (bytes.hasRemaining()) {
            send();
        } else {
            report(null);
        }
    }

    @Override
    public void failed(Throwable failure, Void none) {
        report(failure);
    }

    /** Reports the outcome once: a channel may throw although it has begun, and then complete as well. */
    private void report(@Nullable Throwable failure) {
        if (reported.compareAndSet(false, true)) {
            done.accept(failure);
        }
    }
}
