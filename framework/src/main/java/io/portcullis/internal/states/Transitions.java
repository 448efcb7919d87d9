// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.states;

import java.util.Set;

/** Which state may follow which: what is drawn above an enum of states, for the code to be held to. */
@SuppressWarnings("EnumOrdinal") // the bits never leave this class
public final class Transitions<S extends Enum<S>> {
    /** For each state those that may follow, each a bit: a step of the hot path is checked without a look-up. */
    private final int[] next;

    /** None yet. */
    public Transitions(Class<S> states) {
        this.next = new int[states.getEnumConstants().length];
    }

    /** From one state to the others; while the class that has the states is initialized. */
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
