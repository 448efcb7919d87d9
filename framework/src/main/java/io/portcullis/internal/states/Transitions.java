// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.states;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Which state may follow which: what is drawn above an enum of states, for the code to be held to. */
public final class Transitions<S extends Enum<S>> {
    private final Map<S, Set<S>> next;

    /** None yet. */
    public Transitions(Class<S> states) {
        this.next = new EnumMap<>(states);
    }

    /** From one state to the others; while the class that has the states is initialized. */
    public Transitions<S> allow(S from, Set<S> to) {
        next.put(from, to);
        return this;
    }

    public boolean allows(S from, S to) {
        return next.getOrDefault(from, Set.of()).contains(to);
    }

    /**
     * One state follows the other.
     *
     * @return the new one
     * @throws IllegalStateException if it must not
     */
    public S follow(S from, S to) {
        if (!allows(from, to)) {
            throw new IllegalStateException(to + " cannot follow " + from);
        }
        return to;
    }
}
