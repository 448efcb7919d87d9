// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Something that happens once, and those who wait for it. Each has a future of their own; one that is cancelled, or
 * that times out, is forgotten at once, where a dependent of a common future would stay with it. From any thread.
 */
public final class Announcement<T> {
    private final CompletableFuture<T> event;
    private final Set<CompletableFuture<T>> waiting = ConcurrentHashMap.newKeySet();

    public Announcement(CompletableFuture<T> event) {
        this.event = event;
        var unused = event.whenComplete((value, failure) -> waiting.forEach(this::tell));
    }

    /** A future of it, which completes on the thread that announces it, or at once. */
    @SuppressWarnings("UndefinedEquals") // each future is itself and no other
    public CompletableFuture<T> future() {
        CompletableFuture<T> future = new CompletableFuture<>();
        waiting.add(future);
        var unused = future.whenComplete((value, failure) -> waiting.remove(future));
        if (event.isDone()) {
            tell(future);
        }
        return future;
    }

    private void tell(CompletableFuture<T> future) {
        var unused = event.whenComplete((value, failure) -> {
            if (failure == null) {
                future.complete(value);
            } else {
                future.completeExceptionally(failure);
            }
        });
    }

    /** How many wait. */
    public int waiting() {
        return waiting.size();
    }
}
