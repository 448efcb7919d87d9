// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Sends published buffers, and requests as many as have been sent. */
final class ConnectionSubscriber implements Flow.Subscriber<ByteBuffer> {
    /** The number of buffers in flight: while one is being sent, the next ones are already queued. */
    private static final int AHEAD = 4;

    private final Connection connection;
    private final AtomicReference<Flow.@Nullable Subscription> subscribed = new AtomicReference<>();

    ConnectionSubscriber(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        Objects.requireNonNull(subscription, "subscription");
        if (!subscribed.compareAndSet(null, subscription)) {
            subscription.cancel();
            return;
        }
        var unused = connection.closed().thenRun(subscription::cancel);
        subscription.request(AHEAD);
    }

    @Override
    public void onNext(ByteBuffer data) {
        Objects.requireNonNull(data, "data");
        var unused = connection.send(data).whenComplete((none, failure) -> {
            Flow.Subscription subscription = subscribed.get();
            if (subscription != null && failure == null) {
                subscription.request(1);
            } else if (subscription != null) {
                subscription.cancel();
            }
        });
    }

    @Override
    public void onError(Throwable failure) {
        Objects.requireNonNull(failure, "failure");
        connection.abort();
    }

    @Override
    public void onComplete() {
        connection.close();
    }
}
