// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection.Start;
import io.portcullis.explorer.Program.PeersTls;
import io.portcullis.explorer.Step.From;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a program that breaks a promise shorter, as long as what is left breaks the same one. */
final class Shrinker {
    private static final int[] SMALLER = {0, 1, 2, 10, 100, 1024, 20_000};

    private final Bench bench;
    private final String promise;
    private Program shortest;

    private Shrinker(Bench bench, Program program, String promise) {
        this.bench = bench;
        this.shortest = program;
        this.promise = promise;
    }

    /** The violation of a program, if it breaks anything. */
    static @Nullable Violation violation(Bench bench, Program program) {
        try {
            bench.run(program, new Coverage());
            return null;
        } catch (Violation broken) {
            return broken;
        } catch (Throwable failure) {
            Violation broken = new Violation("nothing is thrown at whoever drives it", String.valueOf(failure));
            broken.initCause(failure);
            return broken;
        }
    }

    /** The shortest program that was found to break the same promise. */
    static Program shrink(Bench bench, Program program, Violation violation) {
        Shrinker shrinker = new Shrinker(bench, program, violation.promise());
        boolean smaller = true;
        while (smaller) {
            smaller = shrinker.pass();
        }
        return shrinker.shortest;
    }

    private boolean pass() {
        String before = shortest.toString();
        without(Program::steps, Program::withSteps);
        without(Program::answers, Program::withAnswers);
        for (int i = 0; i < shortest.answers().size(); i++) {
            int which = i;
            without(
                    program -> program.answers().get(which),
                    (program, answer) -> program.withAnswers(put(program.answers(), which, answer)));
            simplify(
                    program -> program.answers().get(which),
                    (program, answer) -> program.withAnswers(put(program.answers(), which, answer)));
        }
        without(Program::then, Program::withThen);
        simplify(Program::then, Program::withThen);
        simplify(Program::steps, Program::withSteps);
        attempt(shortest.withLimits(16_384, 65_536, 1 << 20));
        attempt(shortest.withStart(shortest.start(), shortest.peersTls(), false));
        attempt(shortest.withStart(shortest.start(), PeersTls.NONE, shortest.onExecutor()));
        attempt(shortest.withStart(Start.FRAMES, shortest.peersTls(), shortest.onExecutor()));
        attempt(shortest.withStart(Start.PLAIN, shortest.peersTls(), shortest.onExecutor()));
        return !shortest.toString().equals(before);
    }

    private boolean attempt(Program candidate) {
        if (candidate.toString().equals(shortest.toString())) {
            return false;
        }
        Violation broken = violation(bench, candidate);
        boolean same = broken != null && broken.promise().equals(promise);
        if (same) {
            shortest = candidate;
        }
        return same;
    }

    private interface Put<T> {
        Program into(Program program, List<T> list);
    }

    /** Leaves parts of a list out: halves first, then ever smaller ones. */
    private <T> void without(Function<Program, List<T>> get, Put<T> put) {
        for (int length = Math.max(1, get.apply(shortest).size() / 2); length > 0; length /= 2) {
            for (int from = 0; from < get.apply(shortest).size(); ) {
                List<T> list = new ArrayList<>(get.apply(shortest));
                list.subList(from, Math.min(list.size(), from + length)).clear();
                if (!attempt(put.into(shortest, list))) {
                    from += length;
                }
            }
        }
    }

    private void simplify(Function<Program, List<Step>> get, Put<Step> put) {
        for (int i = 0; i < get.apply(shortest).size(); i++) {
            Step step = get.apply(shortest).get(i);
            if (step.from() != From.HERE) {
                attempt(put.into(shortest, put(get.apply(shortest), i, new Step(step.verb(), step.amount()))));
            }
            for (int smaller : SMALLER) {
                Step now = get.apply(shortest).get(i);
                if (now.verb().counts
                        && smaller < now.amount()
                        && attempt(put.into(
                                shortest, put(get.apply(shortest), i, new Step(now.verb(), smaller, now.from()))))) {
                    break;
                }
            }
        }
    }

    private static <T> List<T> put(List<T> list, int index, T value) {
        List<T> changed = new ArrayList<>(list);
        changed.set(index, value);
        return changed;
    }
}
