// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What could not be run for lack of memory, linked by {@link Dispatched#nextStuck}, which needs none. From any thread.
 */
final class Backlog {
    private final AtomicReference<@Nullable Dispatched> first = new AtomicReference<>();

    /** Keeps it until there is memory; it is in no backlog yet. */
    void keep(Dispatched turn) {
        Dispatched before;
        do {
            before = first.get();
            turn.nextStuck = before;
        } while (!first.compareAndSet(before, turn));
    }

    /** Gives back all that it keeps. Who takes them may keep them again. */
    void takeAll(Consumer<Dispatched> takes) {
        for (Dispatched next = first.getAndSet(null); next != null; ) {
            Dispatched kept = next;
            next = kept.nextStuck;
            kept.nextStuck = null;
            takes.accept(kept);
        }
    }
}
