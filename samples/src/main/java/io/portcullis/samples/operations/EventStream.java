// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Sends a viewer the newest of what there is to see, as server-sent events (WHATWG HTML, 9.2), as fast as he takes
 * them: while one is under way, only the newest of those behind it is kept. So a slow viewer costs two events, and sees
 * fewer.
 */
final class EventStream implements CompletionHandler<Void, AtomicBoolean> {
    private final Connection connection;
    private final AtomicReference<byte @Nullable []> next = new AtomicReference<>();
    private final AtomicBoolean sending = new AtomicBoolean();

    EventStream(Connection connection) {
        this.connection = connection;
    }

    /**
     * Sends an event, in place of one that waits. From any thread; never waits.
     *
     * @param data the event, of one line
     */
    void offer(String data) {
        next.set(("data: " + data + "\n\n").getBytes(UTF_8));
        send();
    }

    private void send() {
        while (next.get() != null && sending.compareAndSet(false, true)) {
            byte[] event = next.getAndSet(null);
            if (event != null) {
                connection.write(ByteBuffer.wrap(event), sending, this);
                return;
            }
            sending.set(false);
        }
    }

    @Override
    public void completed(Void nothing, AtomicBoolean underway) {
        underway.set(false);
        send();
    }

    @Override
    public void failed(Throwable failure, AtomicBoolean underway) {
        // The connection has ended, and whoever feeds the stream is told so.
    }
}
