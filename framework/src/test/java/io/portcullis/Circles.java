// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds dependency cycles: the strongly connected components of a graph, by Tarjan's algorithm. Two cycles that share a
 * node are one.
 */
final class Circles {
    private final Map<String, Set<String>> graph;
    private final Map<String, Integer> numbers = new HashMap<>();

    /** Nodes that may still be found to be in a cycle with their successors. */
    private final Deque<String> path = new ArrayDeque<>();

    private final Set<String> onPath = new TreeSet<>();
    private final List<Set<String>> found = new ArrayList<>();

    private Circles(Map<String, Set<String>> graph) {
        this.graph = graph;
    }

    /**
     * Returns the cycles of at least two nodes, each with all of its nodes.
     *
     * @param graph what each node depends on
     */
    static List<Set<String>> in(Map<String, Set<String>> graph) {
        Circles circles = new Circles(graph);
        for (String node : new TreeMap<>(graph).keySet()) {
            if (!circles.numbers.containsKey(node)) {
                circles.visit(node);
            }
        }
        return circles.found;
    }

    /** Returns the lowest number on the path that the node leads back to. */
    private int visit(String node) {
        int number = numbers.size();
        int lowest = number;
        numbers.put(node, number);
        path.push(node);
        onPath.add(node);
        for (String next : graph.getOrDefault(node, Set.of())) {
            if (!numbers.containsKey(next)) {
                lowest = Math.min(lowest, visit(next));
            } else if (onPath.contains(next)) {
                lowest = Math.min(lowest, numbers.get(next));
            }
        }
        if (lowest == number) {
            take(node);
        }
        return lowest;
    }

    private void take(String first) {
        Set<String> circle = new TreeSet<>();
        do {
            circle.add(path.element());
            onPath.remove(path.element());
        } while (!path.pop().equals(first));
        if (circle.size() > 1) {
            found.add(circle);
        }
    }
}
