// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One life of a connection, said beforehand: what it is, what happens from outside, step by step, and how its handler answers
 * its callbacks, one after the other. As text it is one line for what it is, one for each answer, one for each step.
 *
 * @param start what the connection is
 * @param peersTls the version of the peer's TLS, if it speaks any; with {@link Start#DETECT} it speaks it from the beginning
 * @param onExecutor whether callbacks run on an executor
 * @param low the low watermark
 * @param high the high watermark
 * @param unread how much may be left unread
 * @param answers of the handler; behind the last one it takes what it is given, and closes behind the end
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

    Program {
        answers = List.copyOf(answers);
        steps = List.copyOf(steps);
    }

    Program withSteps(List<Step> others) {
        return new Program(start, peersTls, onExecutor, low, high, unread, answers, others);
    }

    Program withAnswers(List<List<Step>> others) {
        return new Program(start, peersTls, onExecutor, low, high, unread, others, steps);
    }

    Program withStart(Start other, PeersTls tls, boolean executor) {
        return new Program(other, tls, executor, low, high, unread, answers, steps);
    }

    Program withLimits(int lowMark, int highMark, int most) {
        return new Program(start, peersTls, onExecutor, lowMark, highMark, most, answers, steps);
    }

    /** Whether any of it is done somewhere. */
    boolean has(Verb verb) {
        return steps.stream().anyMatch(step -> step.verb() == verb)
                || answers.stream().flatMap(List::stream).anyMatch(step -> step.verb() == verb);
    }

    /** How long it is. */
    int size() {
        return steps.size()
                + answers.size()
                + answers.stream().mapToInt(List::size).sum();
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add(start + " " + peersTls + " " + (onExecutor ? "executor" : "strand") + " " + low + " " + high + " "
                + unread);
        for (List<Step> answer : answers) {
            lines.add(ANSWER + answer.stream().map(step -> " " + step).collect(Collectors.joining(",")));
        }
        steps.forEach(step -> lines.add(step.toString()));
        return String.join("\n", lines);
    }

    /** Reads what {@link #toString} has written. */
    static Program parse(String text) {
        List<String> lines = text.strip().lines().map(String::strip).toList();
        String[] head = lines.get(0).split(" +");
        List<List<Step>> answers = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            if (line.startsWith(ANSWER)) {
                answers.add(answer(line.substring(ANSWER.length()).strip()));
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
                steps);
    }

    private static List<Step> answer(String text) {
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
