// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Counts what was done in which state; used by any number of threads. */
final class Coverage {
    /** By the state, then by the verb. */
    private final Map<String, Map<Verb, LongAdder>> visits = new ConcurrentHashMap<>();

    /**
     * Counts one action.
     *
     * @param possible all that can be done in this state, the same in each call
     */
    void visit(String state, Verb verb, Set<Verb> possible) {
        cell(state, verb, possible).increment();
    }

    /** A row is complete from the beginning, and never changed. */
    private LongAdder cell(String state, Verb verb, Set<Verb> possible) {
        return visits.computeIfAbsent(
                        state,
                        none -> new EnumMap<>(possible.stream()
                                .collect(Collectors.toMap(Function.identity(), each -> new LongAdder()))))
                .get(verb);
    }

    /** The actions that were never done, by state. */
    List<String> unvisited() {
        List<String> cells = new ArrayList<>();
        new TreeMap<>(visits)
                .forEach((state, row) -> row.forEach((verb, count) -> {
                    if (count.sum() == 0) {
                        cells.add(verb + " in " + state);
                    }
                }));
        return cells;
    }

    /** The states that were visited. */
    Set<String> states() {
        return new TreeSet<>(visits.keySet());
    }

    /** A row for each verb, a column for each state. */
    String table() {
        Set<String> states = states();
        StringBuilder table = new StringBuilder(String.format("%-18s", ""));
        states.forEach(state -> table.append(String.format("%12s", state)));
        for (Verb verb : Verb.values()) {
            table.append(String.format("%n%-18s", verb));
            states.forEach(state -> table.append(String.format("%12s", shown(visits.get(state), verb))));
        }
        return table.toString();
    }

    /** Empty where the verb is impossible. */
    private static Object shown(@Nullable Map<Verb, LongAdder> row, Verb verb) {
        return row == null || !row.containsKey(verb) ? "" : row.get(verb);
    }
}
