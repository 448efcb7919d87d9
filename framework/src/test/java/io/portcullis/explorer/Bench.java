// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.RefusingPool;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Runs one program after the other, on one thread: it holds the fixtures that take long to create, and that a program
 * which keeps its promises leaves unchanged.
 */
final class Bench implements AutoCloseable {
    /** Leases until one is refused; 0 or less for none. */
    private final AtomicInteger loans = new AtomicInteger();

    private final ExecutorService another = Executors.newSingleThreadExecutor(code -> {
        Thread thread = new Thread(code, "explorer-other");
        thread.setDaemon(true);
        return thread;
    });

    private BufferPool buffers = pool();

    private BufferPool pool() {
        return new RefusingPool(true, loan -> loans.decrementAndGet() == 0).pool;
    }

    /** With strict leases, and all of them free. */
    BufferPool buffers() {
        return buffers;
    }

    /** Refuses a lease after the given number of leases. */
    void refuseLoan(int number) {
        loans.set(number);
    }

    /**
     * Runs a program.
     *
     * @throws Violation if it breaks a promise
     */
    void run(Program program, Coverage coverage) {
        boolean kept = false;
        loans.set(0);
        try {
            program.run(this, coverage);
            kept = true;
        } finally {
            if (!kept) {
                buffers = pool();
            }
        }
    }

    /** Makes a call on another thread, while this one waits for it. */
    void onAnotherThread(Runnable call) {
        try {
            another.submit(call).get();
        } catch (InterruptedException | ExecutionException failure) {
            throw new IllegalStateException(failure);
        }
    }

    @Override
    public void close() {
        another.shutdown();
    }
}
