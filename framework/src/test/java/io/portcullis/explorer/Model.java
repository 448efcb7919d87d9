// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The base of a model: the events that may end a connection, and the first promise that was broken. */
abstract class Model {
    /** This many milliseconds are shorter than any deadline. */
    private static final int SHORTEST_DEADLINE = 3_000;

    /** The events that may end a connection. */
    enum Fact {
        CLOSED,
        ABORTED,
        FAILED,
        BLAMED,
        REPLIED,
        DRAINED,
        SHUT_DOWN,
        REFUSED,
        PEER_ENDED,
        PEER_CUT,
        PEER_RESET,
        PEER_BABBLED,
        PEER_FLOODED,
        TARGET_ENDED,
        TARGET_RESET,
        TARGET_REFUSED,
        UPGRADED,
        TIME_PASSED,
        LEFT_UNREAD,
        OUTPUT_ENDED,
        TOUCHED,
        FILE_TOO_SHORT,
        SHORT_OF_MEMORY,
        CALLBACK_REFUSED
    }

    private final Set<Fact> facts = EnumSet.noneOf(Fact.class);
    private int passed;
    private @Nullable Violation first;

    /** The events so far, for the report of a broken promise. */
    abstract String history();

    /** Records a broken promise; the first one counts. */
    final void broken(String promise, String details) {
        if (first == null) {
            first = new Violation(promise, details + "; " + history() + ", facts: " + facts);
        }
    }

    final void require(boolean holds, String promise, String details) {
        if (!holds) {
            broken(promise, details);
        }
    }

    /** Throws the first violation. */
    final void check() {
        if (first != null) {
            throw first;
        }
    }

    final void happened(Fact fact) {
        facts.add(fact);
    }

    final boolean has(Fact fact) {
        return facts.contains(fact);
    }

    final boolean hasAny(Fact... some) {
        return Arrays.stream(some).anyMatch(facts::contains);
    }

    /** Whether no events other than these have occurred. */
    final boolean hasOnly(Fact... some) {
        return Set.of(some).containsAll(facts);
    }

    /** Whether no event has occurred that may keep it from going on. */
    boolean undisturbed() {
        return facts.isEmpty();
    }

    final void passed(int milliseconds) {
        passed += milliseconds;
        if (passed >= SHORTEST_DEADLINE) {
            happened(Fact.TIME_PASSED);
        }
    }
}
