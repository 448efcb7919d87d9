// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.buffer.BufferCache;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The threads for benchmarks that need a {@link BufferCache}, as a dispatcher's threads have one. JMH instantiates this
 * executor by name if a fork is given {@link #CUSTOM} and {@link #CLASS}.
 */
public final class OwnerThreads extends ThreadPoolExecutor {
    /** Makes JMH run its workers on a custom executor. */
    public static final String CUSTOM = "-Djmh.executor=CUSTOM";

    /** Specifies the executor. */
    public static final String CLASS = "-Djmh.executor.class=io.portcullis.benchmarks.micro.OwnerThreads";

    /**
     * Called by JMH.
     *
     * @param threads the number of threads
     * @param prefix the prefix of their names
     */
    public OwnerThreads(int threads, String prefix) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), body -> new Owner(body, prefix));
    }

    /** A thread that owns a cache as soon as it has been given one. */
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
