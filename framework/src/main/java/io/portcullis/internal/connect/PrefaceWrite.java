// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.internal.wire.Transport;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Sends what goes in front of everything else, before there is a connection: a PROXY header. */
final class PrefaceWrite implements CompletionHandler<Integer, Void> {
    private final Transport transport;
    private final ByteBuffer bytes;
    private final Consumer<@Nullable Throwable> done;
    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * Bytes that go first.
     *
     * @param transport connected, and closed by its owner to give up
     * @param bytes belong to this object
     * @param done told once, on any thread: null when the bytes are sent, or the failure; must not throw
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
            tell(null);
        }
    }

    @Override
    public void failed(Throwable failure, Void none) {
        tell(failure);
    }

    /** A channel may throw although it has begun, and then tell of the end, too. */
    private void tell(@Nullable Throwable failure) {
        if (told.compareAndSet(false, true)) {
            done.accept(failure);
        }
    }
}
