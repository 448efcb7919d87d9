// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import io.portcullis.internal.log.Guard;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;

/**
 * A transport with a tap, which is passed the transferred bytes after each operation and before its buffer is released.
 */
public final class TappedTransport implements Transport {
    private final Transport transport;
    private final Tap tap;

    public TappedTransport(Transport transport, Tap tap) {
        this.transport = transport;
        this.tap = tap;
    }

    /**
     * Receives the transferred bytes, from a buffer's position to its limit, on any thread, possibly in both directions
     * at once; must not throw.
     */
    public interface Tap {
        void received(ByteBuffer bytes);

        void sent(ByteBuffer bytes);

        /** Called when the peer has ended its stream. */
        void ended();
    }

    @Override
    public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
        int from = target.position();
        transport.read(target, new CompletionHandler<Integer, Void>() {
            @Override
            public void completed(Integer count, Void none) {
                Guard.quietly(() -> {
                    if (count < 0) {
                        tap.ended();
                    } else {
                        tap.received(target.slice(from, count));
                    }
                });
                handler.completed(count, null);
            }

            @Override
            public void failed(Throwable failure, Void none) {
                handler.failed(failure, null);
            }
        });
    }

    @Override
    public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
        int from = source.position();
        transport.write(source, new CompletionHandler<Integer, Void>() {
            @Override
            public void completed(Integer count, Void none) {
                Guard.quietly(() -> tap.sent(source.slice(from, count)));
                handler.completed(count, null);
            }

            @Override
            public void failed(Throwable failure, Void none) {
                handler.failed(failure, null);
            }
        });
    }

    @Override
    public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
        ByteBuffer[] before = new ByteBuffer[sources.length];
        for (int i = 0; i < sources.length; i++) {
            before[i] = sources[i].duplicate();
        }
        transport.write(sources, new CompletionHandler<Long, Void>() {
            @Override
            public void completed(Long count, Void none) {
                Guard.quietly(() -> show(before, count));
                handler.completed(count, null);
            }

            @Override
            public void failed(Throwable failure, Void none) {
                handler.failed(failure, null);
            }
        });
    }

    private void show(ByteBuffer[] sources, long count) {
        long left = count;
        for (ByteBuffer source : sources) {
            int length = (int) Math.min(left, source.remaining());
            if (length > 0) {
                tap.sent(source.slice(source.position(), length));
            }
            left -= length;
        }
    }

    @Override
    public int sendBuffer() {
        return transport.sendBuffer();
    }

    @Override
    public void shutdownOutput() throws IOException {
        transport.shutdownOutput();
    }

    @Override
    public void close() {
        transport.close();
    }

    @Override
    public boolean closed() {
        return transport.closed();
    }
}
