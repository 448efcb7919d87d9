// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection.Start;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One life of a connection, defined in advance: what it is, what happens from outside, step by step, how its handler
 * reacts to its callbacks, one after the other, and what is done when futures complete. As text it is one line for what
 * it is, one for each reaction, one for everything that is done when futures complete, and one for each step.
 *
 * @param start what the connection is
 * @param peersTls the version of the peer's TLS, if it uses any; with {@link Start#DETECT} it uses it from the
 *     beginning
 * @param onExecutor whether callbacks run on an executor
 * @param low the low watermark
 * @param high the high watermark
 * @param unread how much may be left unread
 * @param answers the handler's reactions; after the last one it consumes its bytes, and closes after the end
 * @param then one step for each future that completes while no callback runs; after the last one nothing is done
 * @param steps from outside
 */
record ConnectionProgram(
        Start start,
        PeersTls peersTls,
        boolean onExecutor,
        int low,
        int high,
        int unread,
        List<List<Step>> answers,
        List<Step> then,
        List<Step> steps)
        implements Program {

    /** The peer's protocol. */
    enum PeersTls {
        NONE,
        TLS12,
        TLS13;

        String protocol() {
            return this == TLS12 ? "TLSv1.2" : "TLSv1.3";
        }
    }

    /** The verbs that may be used in it. */
    static final Set<Verb> VERBS =
            Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.copyOf(Arrays.stream(Verb.values())
                    .filter(verb -> verb.actor == Verb.Actor.TARGET)
                    .toList())));

    private static final String ANSWER = "answer:";
    private static final String THEN = "then:";

    ConnectionProgram {
        answers = List.copyOf(answers);
        then = List.copyOf(then);
        steps = List.copyOf(steps);
    }

    @Override
    public void run(Bench bench, Coverage coverage) {
        new ConnectionRun(this, coverage, bench).lead();
    }

    /** The steps, then the actions when futures complete, then the handler's reactions. */
    @Override
    public List<List<Step>> lists() {
        return Stream.concat(Stream.of(steps, then), answers.stream()).toList();
    }

    @Override
    public ConnectionProgram withList(int which, List<Step> list) {
        List<List<Step>> lists = new ArrayList<>(lists());
        lists.set(which, list);
        return withLists(lists);
    }

    ConnectionProgram withLists(List<List<Step>> lists) {
        return new ConnectionProgram(
                start,
                peersTls,
                onExecutor,
                low,
                high,
                unread,
                lists.subList(2, lists.size()),
                lists.get(1),
                lists.get(0));
    }

    @Override
    public List<Program> simpler() {
        List<Program> all = new ArrayList<>();
        for (int i = 2; i < lists().size(); i++) {
            List<List<Step>> lists = new ArrayList<>(lists());
            lists.remove(i);
            all.add(withLists(lists));
        }
        all.add(new ConnectionProgram(start, peersTls, onExecutor, 16_384, 65_536, 1 << 20, answers, then, steps));
        all.add(withStart(start, peersTls, false));
        all.add(withStart(start, PeersTls.NONE, onExecutor));
        all.add(withStart(Start.FRAMES, peersTls, onExecutor));
        all.add(withStart(Start.PLAIN, peersTls, onExecutor));
        return all;
    }

    private ConnectionProgram withStart(Start other, PeersTls tls, boolean executor) {
        return new ConnectionProgram(other, tls, executor, low, high, unread, answers, then, steps);
    }

    /** Whether any of these verbs is used anywhere. */
    boolean has(Verb verb) {
        return lists().stream().flatMap(List::stream).anyMatch(step -> step.verb() == verb);
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

    /** Parses the output of {@link #toString}. */
    static ConnectionProgram parse(List<String> lines) {
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
        return new ConnectionProgram(
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
}
