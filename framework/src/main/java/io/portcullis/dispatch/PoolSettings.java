// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.loop.Durations;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a pool. Times in nanoseconds.
 *
 * @param maxConnections the maximum number of connections at a time
 * @param maxPending the maximum number of acquires that wait for borrowed connections
 * @param acquire the maximum duration of an acquire
 * @param maxIdle how long a connection may be idle in the pool
 * @param maxLifetime how long after its connect a connection may be lent
 * @param check checks a connection before it is lent again, or null
 * @param checkTimeout the maximum duration of a check
 */
record PoolSettings(
        int maxConnections,
        int maxPending,
        long acquire,
        long maxIdle,
        long maxLifetime,
        @Nullable HealthCheck check,
        long checkTimeout) {
    static final PoolSettings DEFAULT = new PoolSettings(
            16,
            1000,
            Duration.ofSeconds(10).toNanos(),
            Duration.ofSeconds(30).toNanos(),
            Duration.ofMinutes(30).toNanos(),
            null,
            Duration.ofSeconds(5).toNanos());

    PoolSettings withMaxConnections(int count) {
        return new PoolSettings(count, maxPending, acquire, maxIdle, maxLifetime, check, checkTimeout);
    }

    PoolSettings withMaxPending(int count) {
        return new PoolSettings(maxConnections, count, acquire, maxIdle, maxLifetime, check, checkTimeout);
    }

    PoolSettings withAcquire(long nanos) {
        return new PoolSettings(maxConnections, maxPending, nanos, maxIdle, maxLifetime, check, checkTimeout);
    }

    PoolSettings withMaxIdle(long nanos) {
        return new PoolSettings(maxConnections, maxPending, acquire, nanos, maxLifetime, check, checkTimeout);
    }

    PoolSettings withMaxLifetime(long nanos) {
        return new PoolSettings(maxConnections, maxPending, acquire, maxIdle, nanos, check, checkTimeout);
    }

    PoolSettings withCheck(HealthCheck healthCheck, long timeout) {
        return new PoolSettings(maxConnections, maxPending, acquire, maxIdle, maxLifetime, healthCheck, timeout);
    }

    /** Validates a duration set by the user, which must be more than 0, and returns it in nanoseconds. */
    static long nanos(String what, Duration time) {
        return Durations.timeout(what, time);
    }
}
