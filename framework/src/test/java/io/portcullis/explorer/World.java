// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredEndpoint;
import io.portcullis.explorer.Model.Fact;
import io.portcullis.explorer.Step.From;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * The surroundings of connections of any kind: the machine, the clock, the operator of the server. It records what
 * happens.
 */
final class World {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final Thread thread = Thread.currentThread();
    private final Bench bench;
    private final ExploredEndpoint around;
    private final Model model;

    /** Called after any progress. */
    private final Runnable look;

    World(Bench bench, ExploredEndpoint around, Model model, Runnable look) {
        this.bench = bench;
        this.around = around;
        this.model = model;
        this.look = look;
    }

    /** Returns whether that was a step of this world. */
    boolean does(Verb verb, int amount) {
        switch (verb) {
            case TASKS_DONE -> around.tasks();
            case TURNS -> around.turns();
            case CALLBACK -> around.callback();
            case PASS -> pass(Duration.ofMillis(amount));
            case INLINE -> around.inline(amount > 0);
            case LONGEST -> around.longest(Math.max(1, amount));
            case REFUSE_LOAN -> {
                model.happened(Fact.SHORT_OF_MEMORY);
                bench.refuseLoan(amount);
            }
            case REFUSE_CALLBACKS -> {
                model.happened(Fact.CALLBACK_REFUSED);
                around.refuseCallbacks(amount == 1, amount == 2);
            }
            case CALL_AT_ONCE -> around.callAtOnce();
            case DRAIN -> {
                model.happened(Fact.DRAINED);
                around.drain();
            }
            case SHUT_DOWN -> {
                model.happened(Fact.SHUT_DOWN);
                around.shutDown();
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void pass(Duration time) {
        model.passed((int) time.toMillis());
        around.pass(time);
    }

    /** Runs everything until nothing moves. */
    void rest() {
        model.require(around.rest(look), "every connection becomes idle", "it moves forever");
        model.check();
    }

    /** All deadlines pass, unless it is over before. */
    void passDeadlines(BooleanSupplier over) {
        for (int i = 0; i < 3 && !over.getAsBoolean(); i++) {
            pass(LONG);
            rest();
        }
    }

    void call(From from, Runnable call) {
        switch (from) {
            case HERE -> call.run();
            case TURN -> around.inAnotherTurn(call);
            case THREAD -> onAnotherThread(call);
        }
    }

    private void onAnotherThread(Runnable call) {
        if (Thread.currentThread().equals(thread)) {
            bench.onAnotherThread(() -> around.byAnotherThread(call));
        } else {
            call.run();
        }
    }
}
