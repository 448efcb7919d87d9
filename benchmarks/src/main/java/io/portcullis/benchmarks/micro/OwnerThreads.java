// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.buffer.BufferCache;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads for benchmarks that need a {@link BufferCache}, as a dispatcher's threads have one. JMH makes this
 * executor by name when a fork is given {@link #CUSTOM} and {@link #CLASS}.
 */
public final class OwnerThreads extends ThreadPoolExecutor {
    /** Tells JMH to run its workers on an executor of ours. */
    public static final String CUSTOM = "-Djmh.executor=CUSTOM";

    /** Tells JMH which. */
    public static final String CLASS = "-Djmh.executor.class=io.portcullis.benchmarks.micro.OwnerThreads";

    /**
     * Called by JMH.
     *
     * @param threads how many
     * @param prefix the start of their names
     */
    public OwnerThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> new Owner(body, prefix));
    }

    /** A thread that owns a cache as soon as it is given one. */
    static final class Owner extends Thread implements BufferCache.Owner {
        private @Nullable BufferCache cache;

        private Owner(Runnable body, String prefix) {
            super(body, prefix + "-owner");
            setDaemon(true);
        }

        @Override
        public @Nullable BufferCache bufferCache() {
            return cache;
        }

        void use(BufferCache given) {
            cache = given;
        }
    }
}
