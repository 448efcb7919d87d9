// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.Locale;

/**
 * One action.
 *
 * @param verb its kind
 * @param amount of bytes or milliseconds; 0 if that means nothing
 * @param from where the call comes from
 */
record Step(Verb verb, int amount, From from) {
    /** Where a call comes from. */
    enum From {
        /** The callback, or the thread that drives the test. */
        HERE,
        /** Another thread, while this one waits for it. */
        THREAD,
        /** The turn of another connection. */
        TURN
    }

    Step(Verb verb, int amount) {
        this(verb, amount, From.HERE);
    }

    @Override
    public String toString() {
        return verb
                + (verb.counts ? " " + amount : "")
                + (from == From.HERE ? "" : " from " + from.name().toLowerCase(Locale.ROOT));
    }

    /** Reads what {@link #toString} has written. */
    static Step parse(String text) {
        String[] parts = text.trim().split(" +from +");
        String[] call = parts[0].trim().split(" +");
        From from = parts.length > 1 ? From.valueOf(parts[1].toUpperCase(Locale.ROOT)) : From.HERE;
        return new Step(Verb.valueOf(call[0]), call.length > 1 ? Integer.parseInt(call[1]) : 0, from);
    }
}
