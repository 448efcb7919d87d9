// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How long an operation may be pending. The time is kept by the timer of {@link CompletableFuture}, which forgets a
 * limit when its operation is over. May be used from any thread.
 */
final class TimeLimit {
    private final long timeout;
    private final TimeUnit unit;
    private final CompletableFuture<Boolean> expired = new CompletableFuture<>();

    private TimeLimit(long timeout, TimeUnit unit) {
        this.timeout = timeout;
        this.unit = unit;
    }

    /** A limit that has not started; null, as for the JDK's channels, if the time is 0 or less. */
    static @Nullable TimeLimit of(long timeout, TimeUnit unit) {
        return timeout > 0 ? new TimeLimit(timeout, Objects.requireNonNull(unit, "unit")) : null;
    }

    /**
     * Starts the time, unless the operation is over already.
     *
     * @param expiry what to do when the time is up, on the timer's thread; must not block
     */
    void start(Runnable expiry) {
        var unused = expired.completeOnTimeout(true, timeout, unit).thenAccept(timeIsUp -> {
            if (timeIsUp) {
                expiry.run();
            }
        });
    }

    /** The operation is over. */
    void over() {
        expired.complete(false);
    }
}
