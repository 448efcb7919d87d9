// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.internal.log.Guard;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The per-connection serializer: at most one thread at a time runs a connection's turn, no lock is held, nobody waits.
 *
 * <p>The whole state is one integer: a bit for each signal that is raised, and {@code RUNNING}. A thread that raises a
 * signal sets its bit and {@code RUNNING} in one atomic step; the thread that thereby changed {@code RUNNING} from 0 to
 * 1 is the runner. The runner takes all signals, has them handled, and looks again; only when no signal is left does it
 * take {@code RUNNING} away, in one atomic step with seeing that. A signal is therefore never lost, and one that is
 * raised while a turn runs, on this thread (a completion inside the call that started it) or another, only sets a bit:
 * the stack does not grow.
 *
 * <p>After {@value #TURNS_IN_A_ROW} turns in a row the strand goes to the back of the queue of its host, so that one
 * busy connection does not keep a thread from the others.
 */
public final class Strand extends Dispatched {
    private static final Logger LOG = LoggerFactory.getLogger(Strand.class);

    public static final int TURNS_IN_A_ROW = 64;

    private static final int RUNNING = 1 << 31;
    private static final VarHandle STATE = Fields.handle(MethodHandles.lookup(), Strand.class, "state", int.class);

    /** What a strand runs. */
    public interface Turn {
        /**
         * Handles signals; never called by two threads at once. Should not throw: what it has not done then is left
         * undone.
         */
        void turn(int signals);
    }

    /** A thread that counts the turns that it is given to. */
    interface TurnCounter {
        /** Called on this thread: a turn begins. */
        void turnBegins();
    }

    /** Where a strand runs. Never fails: a strand that cannot be run for lack of memory is run when there is some. */
    interface Host {
        /** Runs the strand on a dispatcher thread: at once if this is one, and not within another turn; else soon. */
        void run(Strand strand);

        /** Runs the strand on a dispatcher thread, behind what waits there already. */
        void runLater(Strand strand);
    }

    private final Turn body;
    private final Host host;

    @SuppressWarnings("unused") // used by STATE
    private volatile int state;

    /** Written by the runner alone. A thread that reads a stale value still sees that it is not itself. */
    private @Nullable Thread runner;

    public Strand(Turn body, Host host) {
        this.body = body;
        this.host = host;
    }

    /** What runs in its turns. */
    Turn body() {
        return body;
    }

    /** Raises signals, from any thread. */
    public void signal(int signals) {
        int before = (int) STATE.getAndBitwiseOr(this, signals | RUNNING);
        if ((before & RUNNING) == 0) {
            host.run(this);
        }
    }

    /** Whether the calling thread is within a turn of this strand. */
    public boolean isCurrent() {
        return runner == Thread.currentThread();
    }

    /** For the host only: runs turns until no signal is left, or others shall have the thread. */
    @Override
    public void run() {
        for (int turns = 0; turns < TURNS_IN_A_ROW; turns++) {
            Thread thread = Thread.currentThread();
            runner = thread;
            if (thread instanceof TurnCounter own) {
                own.turnBegins();
            }
            int signals = (int) STATE.getAndBitwiseAnd(this, RUNNING) & ~RUNNING;
            if (signals != 0) {
                turn(signals);
            }
            runner = null;
            if (STATE.compareAndSet(this, RUNNING, 0)) {
                return;
            }
        }
        host.runLater(this);
    }

    /**
     * Whatever the body throws, the strand goes on: otherwise it would be running for ever, and nobody would run it.
     */
    private void turn(int signals) {
        try {
            body.turn(signals);
        } catch (Throwable defect) {
            Guard.error(LOG, "a turn of {} failed; this is a defect of the framework", body, defect);
        }
    }
}
