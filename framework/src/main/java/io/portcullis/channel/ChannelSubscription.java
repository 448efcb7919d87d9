// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.ReadPendingException;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Reads one buffer ahead and emits it on demand. A thread that reports an event increments a counter; the thread that
 * increments it from zero processes events until none are left. So signals never overlap, and their number does not
 * grow the stack.
 *
 * <p>The buffer that was read ahead is owned by the thread that takes it: either the one that emits it, or the one that
 * cancels and returns it to the channel, in front of everything that the channel reads later.
 */
final class ChannelSubscription implements Flow.Subscription {
    private final ChannelOperations operations;
    private final AtomicLong demand = new AtomicLong();

    /** The number of events that have not been processed; the first one is the subscription itself. */
    private final AtomicInteger news = new AtomicInteger(1);

    private volatile boolean cancelled;
    private volatile boolean illegal;
    private final AtomicReference<@Nullable ByteBuffer> arrived = new AtomicReference<>();
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Ahead reading;

    // Accessed only by the thread that processes events.

    private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;

    ChannelSubscription(ChannelOperations operations, Flow.Subscriber<? super ByteBuffer> subscriber) {
        this.operations = operations;
        this.subscriber = subscriber;
    }

    void begin() {
        Flow.Subscriber<? super ByteBuffer> told = subscriber;
        if (told != null) {
            told.onSubscribe(this);
        }
        work();
    }

    @Override
    public void request(long count) {
        if (count > 0) {
            demand.getAndUpdate(before -> before + count < 0 ? Long.MAX_VALUE : before + count);
        } else {
            illegal = true;
        }
        wake();
    }

    @Override
    public void cancel() {
        cancelled = true;
        giveBack();
        wake();
    }

    /** Leaves the bytes of a pending read in the channel, and returns those of a completed one to it. */
    private void giveBack() {
        Ahead pending = reading;
        if (pending != null) {
            operations.withdraw(pending);
        }
        ByteBuffer data = arrived.getAndSet(null);
        if (data != null && data.hasRemaining()) {
            operations.giveBack(data);
        }
    }

    private void wake() {
        if (news.getAndIncrement() == 0) {
            work();
        }
    }

    private void work() {
        int seen;
        do {
            seen = news.get();
            step();
        } while (news.addAndGet(-seen) != 0);
    }

    private void step() {
        Flow.Subscriber<? super ByteBuffer> told = subscriber;
        if (told == null) {
            return;
        }
        if (cancelled || illegal) {
            end();
            if (!cancelled) {
                told.onError(new IllegalArgumentException("request(n) needs n > 0 (Reactive Streams, 3.9)"));
            }
            return;
        }
        Throwable cause = failure;
        ByteBuffer data = arrived.get();
        if (cause != null) {
            end();
            told.onError(cause);
        } else if (data == null) {
            read();
        } else if (!data.hasRemaining()) {
            end();
            told.onComplete();
        } else if (demand.get() > 0 && arrived.compareAndSet(data, null)) {
            hand(told, data);
        }
    }

    private void hand(Flow.Subscriber<? super ByteBuffer> told, ByteBuffer data) {
        demand.getAndUpdate(before -> before == Long.MAX_VALUE ? before : before - 1);
        reading = null;
        try {
            told.onNext(data);
        } catch (Throwable thrown) {
            end();
            ChannelOperations.endWith(operations.connection(), thrown);
        }
        news.incrementAndGet();
    }

    private void read() {
        if (reading != null) {
            return;
        }
        Ahead ahead = new Ahead();
        reading = ahead;
        try {
            operations.read(ahead);
        } catch (ReadPendingException elsewhere) {
            failure = elsewhere;
            news.incrementAndGet();
        }
        if (cancelled) {
            giveBack();
        }
    }

    /** Ends the subscription: nothing is signaled from now on. */
    private void end() {
        subscriber = null;
        giveBack();
    }

    /** The read-ahead; completed in the connection's turn, where a later read cannot overtake it. */
    private final class Ahead extends Operation.Taking {
        @Override
        void completed(int count) {
            arrived.set(taken());
            if (cancelled || illegal) {
                giveBack();
            }
            wake();
        }

        @Override
        void failed(Throwable cause) {
            failure = cause;
            wake();
        }

        @Override
        boolean callsBack() {
            return false;
        }
    }
}
