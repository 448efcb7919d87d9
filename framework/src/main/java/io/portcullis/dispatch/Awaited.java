// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for something of a connection, in their order: each looks again when something has happened, and whoever gives up is
 * forgotten. Touched by the strand alone.
 */
final class Awaited {
    private final Strand strand;
    private final Requests requests;
    private @Nullable Set<Runnable> looks;

    Awaited(Strand strand, Requests requests) {
        this.strand = strand;
        this.requests = requests;
    }

    /** Looks later, as long as the future is wanted. */
    void add(CompletableFuture<?> future, Runnable look) {
        looks = looks == null ? new LinkedHashSet<>() : looks;
        looks.add(look);
        var unused = future.whenComplete((value, givenUp) -> {
            if (strand.isCurrent()) {
                forget(look);
            } else {
                requests.tell(() -> forget(look));
            }
        });
    }

    private void forget(Runnable look) {
        if (looks != null) {
            looks.remove(look);
        }
    }

    /** Something has happened: everybody looks, and waits on if that is not what is waited for. */
    void lookAgain(Consumer<Runnable> attempt) {
        Set<Runnable> all = looks;
        looks = null;
        if (all != null) {
            all.forEach(attempt);
        }
    }

    /** How many wait. */
    int size() {
        return looks == null ? 0 : looks.size();
    }
}
