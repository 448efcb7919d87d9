// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A thread that owns a cache, like the threads of a dispatcher. */
final class OwnerThread extends Thread implements BufferCache.Owner {
    private final BufferCache cache;

    OwnerThread(BufferPool pool, Runnable body) {
        super(body);
        this.cache = pool.newCache();
    }

    /** Runs the body on a new thread with a cache of the pool, and waits until the thread has ended. */
    static <T extends @Nullable Object> T call(BufferPool pool, Callable<T> body) throws Exception {
        FutureTask<T> task = new FutureTask<>(body);
        OwnerThread thread = new OwnerThread(pool, task);
        thread.start();
        thread.join();
        return task.get();
    }

    @Override
    public BufferCache bufferCache() {
        return cache;
    }

    @Override
    public void run() {
        try {
            super.run();
        } finally {
            cache.close();
        }
    }
}
