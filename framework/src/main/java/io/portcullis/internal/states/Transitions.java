// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.states;

import java.util.Set;

/**
 * The allowed transitions of a state machine, which the code is checked against; documented as a diagram above the
 * enum.
 */
@SuppressWarnings("EnumOrdinal") // the bits never leave this class
public final class Transitions<S extends Enum<S>> {
    /**
     * For each state, the set of possible successors as a bit mask, so that checking a step on the hot path needs no
     * lookup.
     */
    private final int[] next;

    /** Creates a table without transitions. */
    public Transitions(Class<S> states) {
        this.next = new int[states.getEnumConstants().length];
    }

    /** Allows the transitions from one state to others. Called while the class that owns the states is initialized. */
    public Transitions<S> allow(S from, Set<S> to) {
        for (S state : to) {
            next[from.ordinal()] |= 1 << state.ordinal();
        }
        return this;
    }

    public boolean allows(S from, S to) {
        return (next[from.ordinal()] & (1 << to.ordinal())) != 0;
    }

    /**
     * Checks a transition.
     *
     * @return the new state
     * @throws IllegalStateException if the transition is not allowed
     */
    public S follow(S from, S to) {
        if (!allows(from, to)) {
            throw new IllegalStateException(to + " cannot follow " + from);
        }
        return to;
    }
}
