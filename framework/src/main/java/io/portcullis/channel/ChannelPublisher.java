// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;

/** Publishes the bytes that a channel receives to one subscriber. */
final class ChannelPublisher implements Flow.Publisher<ByteBuffer> {
    private static final Flow.Subscription NONE = new Flow.Subscription() {
        @Override
        public void request(long count) {}

        @Override
        public void cancel() {}
    };

    private final ChannelOperations operations;
    private final AtomicBoolean taken = new AtomicBoolean();

    ChannelPublisher(ChannelOperations operations) {
        this.operations = operations;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super ByteBuffer> subscriber) {
        Objects.requireNonNull(subscriber, "subscriber");
        if (taken.compareAndSet(false, true)) {
            new ChannelSubscription(operations, subscriber).begin();
        } else {
            subscriber.onSubscribe(NONE);
            subscriber.onError(new IllegalStateException(
                    "a connection has only one subscriber; subscribe a processor, which may have many"));
        }
    }
}
