// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What was done in which state, and how often. */
final class Coverage {
    private final Map<String, EnumMap<Verb, Long>> visits = new TreeMap<>();

    synchronized void visit(String state, Verb verb) {
        visits.computeIfAbsent(state, none -> new EnumMap<>(Verb.class)).merge(verb, 1L, Long::sum);
    }

    /** How often something was done in a state. */
    synchronized long visits(String state, Verb verb) {
        return visits.getOrDefault(state, new EnumMap<>(Verb.class)).getOrDefault(verb, 0L);
    }

    /** What was never done in which state. */
    synchronized List<String> unvisited() {
        List<String> cells = new ArrayList<>();
        for (String state : visits.keySet()) {
            for (Verb verb : Verb.values()) {
                if (visits(state, verb) == 0) {
                    cells.add(verb + " in " + state);
                }
            }
        }
        return cells;
    }

    /** The states that were visited at all. */
    synchronized Set<String> states() {
        return new TreeSet<>(visits.keySet());
    }

    /** A row for each verb, a column for each state. */
    synchronized String table() {
        List<String> states = new ArrayList<>(visits.keySet());
        StringBuilder table = new StringBuilder(String.format("%-16s", ""));
        states.forEach(state -> table.append(String.format("%12s", state)));
        for (Verb verb : Verb.values()) {
            table.append(String.format("%n%-16s", verb));
            states.forEach(state -> table.append(String.format("%12d", visits(state, verb))));
        }
        return table.toString();
    }
}
