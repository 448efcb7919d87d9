// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Turns that could not be run for lack of memory, in a list linked by {@link Dispatched#nextStuck}, which needs no
 * allocation. Thread-safe.
 */
final class Backlog {
    private final AtomicReference<@Nullable Dispatched> first = new AtomicReference<>();

    /** Keeps a turn until there is memory. The turn must not be in any backlog. */
    void keep(Dispatched turn) {
        Dispatched before;
        do {
            before = first.get();
            turn.nextStuck = before;
        } while (!first.compareAndSet(before, turn));
    }

    /** Removes all turns and passes each to the consumer, which may add it again. */
    void takeAll(Consumer<Dispatched> takes) {
        for (Dispatched next = first.getAndSet(null); next != null; ) {
            Dispatched kept = next;
            next = kept.nextStuck;
            kept.nextStuck = null;
            takes.accept(kept);
        }
    }
}
