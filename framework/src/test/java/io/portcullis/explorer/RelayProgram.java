// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredRelay.Start;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One life of a relay: as text a line for what it is, and one for each step.
 *
 * @param start when the decision to pass the connection on is made
 * @param onExecutor whether the owner's callbacks run on an executor
 * @param steps from outside
 */
record RelayProgram(Start start, boolean onExecutor, List<Step> steps) implements Program {
    static final String NAME = "RELAY";

    /** The verbs that may be used in it; the peer is the client. */
    static final Set<Verb> VERBS = Collections.unmodifiableSet(EnumSet.of(
            Verb.TARGET_CONNECTS,
            Verb.TARGET_REFUSES,
            Verb.TARGET_SENDS,
            Verb.TARGET_TAKES,
            Verb.TARGET_ENDS,
            Verb.TARGET_RESETS,
            Verb.TARGET_READ_DONE,
            Verb.TARGET_WRITE_DONE,
            Verb.PEER_SENDS,
            Verb.PEER_TAKES,
            Verb.PEER_ENDS,
            Verb.PEER_RESETS,
            Verb.READ_DONE,
            Verb.WRITE_DONE,
            Verb.TURNS,
            Verb.CALLBACK,
            Verb.PASS,
            Verb.INLINE,
            Verb.LONGEST,
            Verb.DECIDE,
            Verb.REFUSE_LOAN,
            Verb.REFUSE_CALLBACKS,
            Verb.CALL_AT_ONCE,
            Verb.DRAIN,
            Verb.SHUT_DOWN,
            Verb.CLOSE,
            Verb.ABORT));

    RelayProgram {
        steps = List.copyOf(steps);
    }

    @Override
    public void run(Bench bench, Coverage coverage) {
        new RelayRun(this, coverage, bench).lead();
    }

    @Override
    public List<List<Step>> lists() {
        return List.of(steps);
    }

    @Override
    public Program withList(int which, List<Step> list) {
        return new RelayProgram(start, onExecutor, list);
    }

    @Override
    public List<Program> simpler() {
        return List.of(new RelayProgram(start, false, steps), new RelayProgram(Start.AT_ONCE, onExecutor, steps));
    }

    @Override
    public String toString() {
        String head = NAME + " " + start + " " + (onExecutor ? "executor" : "strand");
        return Stream.concat(Stream.of(head), steps.stream().map(Step::toString))
                .collect(Collectors.joining("\n"));
    }

    /** Parses the output of {@link #toString}. */
    static RelayProgram parse(List<String> lines) {
        String[] head = lines.get(0).split(" +");
        List<Step> steps = new ArrayList<>();
        lines.subList(1, lines.size()).forEach(line -> steps.add(Step.parse(line)));
        return new RelayProgram(Start.valueOf(head[1]), head[2].equals("executor"), steps);
    }
}
