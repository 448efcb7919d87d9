// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The time limit of an operation. It uses the timer of {@link CompletableFuture}, which drops a limit when its
 * operation has completed. May be used from any thread.
 */
final class TimeLimit {
    private final long timeout;
    private final TimeUnit unit;
    private final CompletableFuture<Boolean> expired = new CompletableFuture<>();

    private TimeLimit(long timeout, TimeUnit unit) {
        this.timeout = timeout;
        this.unit = unit;
    }

    /** Returns a limit that has not started; null, as for the JDK's channels, if the time is 0 or less. */
    static @Nullable TimeLimit of(long timeout, TimeUnit unit) {
        return timeout > 0 ? new TimeLimit(timeout, Objects.requireNonNull(unit, "unit")) : null;
    }

    /**
     * Starts the timer, unless the operation has already completed.
     *
     * @param expiry called on timeout, on the timer's thread; must not block
     */
    void start(Runnable expiry) {
        var unused = expired.completeOnTimeout(true, timeout, unit).thenAccept(timeIsUp -> {
            if (timeIsUp) {
                expiry.run();
            }
        });
    }

    /** Stops the timer: the operation has completed. */
    void over() {
        expired.complete(false);
    }
}
