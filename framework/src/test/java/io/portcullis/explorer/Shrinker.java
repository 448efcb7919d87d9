// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.explorer.Step.From;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reduces a program that breaks a promise, as long as the remaining program breaks the same one. */
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

    /** The violation of a program, if it breaks a promise. */
    static @Nullable Violation violation(Bench bench, Program program) {
        try {
            bench.run(program, new Coverage());
            return null;
        } catch (Violation broken) {
            return broken;
        } catch (Throwable failure) {
            Violation broken = new Violation("no call throws to the program that drives it", String.valueOf(failure));
            broken.initCause(failure);
            return broken;
        }
    }

    /** The shortest program found that breaks the same promise. */
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
        for (int i = 0; i < shortest.lists().size(); i++) {
            without(i);
            simplify(i);
        }
        for (int i = 0; i < shortest.simpler().size(); i++) {
            attempt(shortest.simpler().get(i));
        }
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

    /** Leaves parts of a list out: halves first, then smaller and smaller ones. */
    private void without(int which) {
        for (int length = Math.max(1, steps(which).size() / 2); length > 0; length /= 2) {
            for (int from = 0; from < steps(which).size(); ) {
                List<Step> list = new ArrayList<>(steps(which));
                list.subList(from, Math.min(list.size(), from + length)).clear();
                if (!attempt(shortest.withList(which, list))) {
                    from += length;
                }
            }
        }
    }

    private void simplify(int which) {
        for (int i = 0; i < steps(which).size(); i++) {
            Step step = steps(which).get(i);
            if (step.from() != From.HERE) {
                attempt(which, i, new Step(step.verb(), step.amount()));
            }
            for (int smaller : SMALLER) {
                Step now = steps(which).get(i);
                if (now.verb().counts
                        && smaller < now.amount()
                        && attempt(which, i, new Step(now.verb(), smaller, now.from()))) {
                    break;
                }
            }
        }
    }

    private List<Step> steps(int which) {
        return shortest.lists().get(which);
    }

    private boolean attempt(int which, int index, Step step) {
        List<Step> changed = new ArrayList<>(steps(which));
        changed.set(index, step);
        return attempt(shortest.withList(which, changed));
    }
}
