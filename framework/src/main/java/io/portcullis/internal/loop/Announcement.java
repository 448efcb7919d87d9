// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * An event that happens once, and the futures that wait for it. Each waiter has its own future. A future that is
 * cancelled or times out is removed immediately, whereas a dependent of a shared future would stay registered with it.
 * Thread-safe.
 */
public final class Announcement<T> {
    private final CompletableFuture<T> event;
    private final Set<CompletableFuture<T>> waiting = ConcurrentHashMap.newKeySet();

    public Announcement(CompletableFuture<T> event) {
        this.event = event;
        var unused = event.whenComplete((value, failure) -> waiting.forEach(this::complete));
    }

    /**
     * Returns a new future of the event. It completes on the thread that announces the event, or at once if it has
     * happened.
     */
    @SuppressWarnings("UndefinedEquals") // futures are compared by identity
    public CompletableFuture<T> future() {
        CompletableFuture<T> future = new CompletableFuture<>();
        waiting.add(future);
        var unused = future.whenComplete((value, failure) -> waiting.remove(future));
        if (event.isDone()) {
            complete(future);
        }
        return future;
    }

    private void complete(CompletableFuture<T> future) {
        var unused = event.whenComplete((value, failure) -> {
            if (failure == null) {
                future.complete(value);
            } else {
                future.completeExceptionally(failure);
            }
        });
    }

    /** Returns the number of waiting futures. */
    public int waiting() {
        return waiting.size();
    }
}
