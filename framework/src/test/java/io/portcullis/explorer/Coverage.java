// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What was done in which state, and how often; by any number of threads. */
final class Coverage {
    private static final Verb[] VERBS = Verb.values();

    /** By the state, then by the verb. */
    private final Map<String, Map<Verb, LongAdder>> visits = new ConcurrentHashMap<>();

    void visit(String state, Verb verb) {
        cell(state, verb).increment();
    }

    /** A row is complete from the beginning, and never changed. */
    private LongAdder cell(String state, Verb verb) {
        return visits.computeIfAbsent(
                        state,
                        none -> new EnumMap<>(Arrays.stream(VERBS)
                                .collect(Collectors.toMap(Function.identity(), each -> new LongAdder()))))
                .get(verb);
    }

    /** How often something was done in a state. */
    long visits(String state, Verb verb) {
        Map<Verb, LongAdder> row = visits.get(state);
        return row == null ? 0 : row.get(verb).sum();
    }

    /** What was never done in which state. */
    List<String> unvisited() {
        List<String> cells = new ArrayList<>();
        for (String state : states()) {
            for (Verb verb : VERBS) {
                if (visits(state, verb) == 0) {
                    cells.add(verb + " in " + state);
                }
            }
        }
        return cells;
    }

    /** The states that were visited at all. */
    Set<String> states() {
        return new TreeSet<>(visits.keySet());
    }

    /** A row for each verb, a column for each state. */
    String table() {
        Set<String> states = states();
        StringBuilder table = new StringBuilder(String.format("%-16s", ""));
        states.forEach(state -> table.append(String.format("%12s", state)));
        for (Verb verb : VERBS) {
            table.append(String.format("%n%-16s", verb));
            states.forEach(state -> table.append(String.format("%12d", visits(state, verb))));
        }
        return table.toString();
    }
}
