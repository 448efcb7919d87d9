// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One life of a connection, said beforehand: what it is, what happens from outside, step by step, how its handler
 * answers its callbacks, one after the other, and what is done when futures complete. As text it is one line for what
 * it is, one for each answer, one for all that is done when futures complete, and one for each step.
 *
 * @param start what the connection is
 * @param peersTls the version of the peer's TLS, if it speaks any; with {@link Start#DETECT} it speaks it from the
 *     beginning
 * @param onExecutor whether callbacks run on an executor
 * @param low the low watermark
 * @param high the high watermark
 * @param unread how much may be left unread
 * @param answers of the handler; behind the last one it takes what it is given, and closes behind the end
 * @param then one step for each future that completes while no callback runs; behind the last one nothing is done
 * @param steps from outside
 */
record Program(
        Start start,
        PeersTls peersTls,
        boolean onExecutor,
        int low,
        int high,
        int unread,
        List<List<Step>> answers,
        List<Step> then,
        List<Step> steps) {

    /** What the peer speaks. */
    enum PeersTls {
        NONE,
        TLS12,
        TLS13;

        String protocol() {
            return this == TLS12 ? "TLSv1.2" : "TLSv1.3";
        }
    }

    private static final String ANSWER = "answer:";
    private static final String THEN = "then:";

    Program {
        answers = List.copyOf(answers);
        then = List.copyOf(then);
        steps = List.copyOf(steps);
    }

    Program withSteps(List<Step> others) {
        return new Program(start, peersTls, onExecutor, low, high, unread, answers, then, others);
    }

    Program withThen(List<Step> others) {
        return new Program(start, peersTls, onExecutor, low, high, unread, answers, others, steps);
    }

    Program withAnswers(List<List<Step>> others) {
        return new Program(start, peersTls, onExecutor, low, high, unread, others, then, steps);
    }

    Program withStart(Start other, PeersTls tls, boolean executor) {
        return new Program(other, tls, executor, low, high, unread, answers, then, steps);
    }

    Program withLimits(int lowMark, int highMark, int most) {
        return new Program(start, peersTls, onExecutor, lowMark, highMark, most, answers, then, steps);
    }

    /** Whether any of it is done somewhere. */
    boolean has(Verb verb) {
        return Stream.concat(steps.stream(), then.stream()).anyMatch(step -> step.verb() == verb)
                || answers.stream().flatMap(List::stream).anyMatch(step -> step.verb() == verb);
    }

    /** How long it is. */
    int size() {
        return steps.size()
                + then.size()
                + answers.size()
                + answers.stream().mapToInt(List::size).sum();
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add(start + " " + peersTls + " " + (onExecutor ? "executor" : "strand") + " " + low + " " + high + " "
                + unread);
        for (List<Step> answer : answers) {
            lines.add(ANSWER + listed(answer));
        }
        if (!then.isEmpty()) {
            lines.add(THEN + listed(then));
        }
        steps.forEach(step -> lines.add(step.toString()));
        return String.join("\n", lines);
    }

    private static String listed(List<Step> some) {
        return some.stream().map(step -> " " + step).collect(Collectors.joining(","));
    }

    /** Reads what {@link #toString} has written. */
    static Program parse(String text) {
        List<String> lines = text.strip().lines().map(String::strip).toList();
        String[] head = lines.get(0).split(" +");
        List<List<Step>> answers = new ArrayList<>();
        List<Step> then = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith(ANSWER)) {
                answers.add(list(line.substring(ANSWER.length()).strip()));
            } else if (line.startsWith(THEN)) {
                then.addAll(list(line.substring(THEN.length()).strip()));
            } else {
                steps.add(Step.parse(line));
            }
        }
        return new Program(
                Start.valueOf(head[0]),
                PeersTls.valueOf(head[1]),
                head[2].equals("executor"),
                Integer.parseInt(head[3]),
                Integer.parseInt(head[4]),
                Integer.parseInt(head[5]),
                answers,
                then,
                steps);
    }

    private static List<Step> list(String text) {
        return text.isEmpty()
                ? Collections.emptyList()
                : Arrays.stream(text.split(",")).map(Step::parse).toList();
    }

    /** As a test that can be pasted. */
    String asTest() {
        return "    @Test\n    void found() {\n        Explorer.replay(\"\"\"\n"
                + toString()
                        .lines()
                        .map(line -> "                " + line + "\n")
                        .collect(Collectors.joining())
                + "                \"\"\");\n    }\n";
    }
}
