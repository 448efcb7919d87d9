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
 * Sends the latest frame to a viewer as server-sent events (WHATWG HTML, 9.2), as fast as the viewer reads them: while
 * one event is being sent, only the newest of the later ones is kept. A slow viewer therefore costs two events of
 * memory and sees fewer frames.
 */
final class EventStream implements CompletionHandler<Void, AtomicBoolean> {
    private final Connection connection;
    private final AtomicReference<byte @Nullable []> next = new AtomicReference<>();
    private final AtomicBoolean sending = new AtomicBoolean();

    EventStream(Connection connection) {
        this.connection = connection;
    }

    /**
     * Sends an event, replacing one that is still waiting. May be called on any thread; never blocks.
     *
     * @param data the event data, on one line
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
        // The connection has ended, and the feed is notified of that by Connection.closed().
    }
}
