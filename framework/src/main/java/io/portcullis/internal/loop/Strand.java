// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.internal.log.Guard;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The per-connection serializer: at most one thread at a time runs a turn of the connection, no lock is held and no
 * thread waits.
 *
 * <p>The whole state is one integer: a bit for each raised signal, and {@code RUNNING}. A thread that raises a signal
 * sets its bit and {@code RUNNING} in one atomic step; the thread that thereby changes {@code RUNNING} from 0 to 1 is
 * the runner. The runner takes all signals, handles them, and checks again. It clears {@code RUNNING} only if no signal
 * is left, in one atomic compare-and-set. A signal is therefore never lost. A signal raised during a turn, on this
 * thread (a completion inside the call that started the operation) or on another one, only sets a bit: the stack does
 * not grow.
 *
 * <p>After {@value #TURNS_IN_A_ROW} turns in a row the strand goes to the back of its host's queue, so that a busy
 * connection does not starve the others.
 */
public final class Strand extends Dispatched {
    private static final Logger LOG = LoggerFactory.getLogger(Strand.class);

    public static final int TURNS_IN_A_ROW = 64;

    private static final int RUNNING = 1 << 31;
    private static final VarHandle STATE = Fields.handle(MethodHandles.lookup(), Strand.class, "state", int.class);

    /** The body of a strand. */
    public interface Turn {
        /**
         * Handles signals. Never called by two threads at once. Should not throw: work that has not been done then is
         * left undone.
         */
        void turn(int signals);
    }

    /** A thread that counts the turns it runs. */
    interface TurnCounter {
        /** Called on this thread when a turn begins. */
        void turnBegins();
    }

    /**
     * Where a strand runs. Methods never fail: a strand that cannot be run for lack of memory runs when there is some.
     */
    interface Host {
        /**
         * Runs the strand on a dispatcher thread: immediately if the caller is one and no turn is running, otherwise
         * soon.
         */
        void run(Strand strand);

        /** Runs the strand on a dispatcher thread, after the turns that are already queued. */
        void runLater(Strand strand);
    }

    private final Turn body;
    private final Host host;

    @SuppressWarnings("unused") // used by STATE
    private volatile int state;

    /** Written by the runner only. A thread that reads a stale value still sees that it is not the runner. */
    private @Nullable Thread runner;

    public Strand(Turn body, Host host) {
        this.body = body;
        this.host = host;
    }

    /** Returns the body of the strand. */
    Turn body() {
        return body;
    }

    /** Raises signals. May be called on any thread. */
    public void signal(int signals) {
        int before = (int) STATE.getAndBitwiseOr(this, signals | RUNNING);
        if ((before & RUNNING) == 0) {
            host.run(this);
        }
    }

    /** Returns whether the calling thread is within a turn of this strand. */
    public boolean isCurrent() {
        return runner == Thread.currentThread();
    }

    /** Called by the host only: runs turns until no signal is left, or until it must yield to other strands. */
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
     * Runs the body. The strand continues whatever the body throws: otherwise it would stay marked as running, and
     * never run again.
     */
    private void turn(int signals) {
        try {
            body.turn(signals);
        } catch (Throwable defect) {
            Guard.error(LOG, "a turn of {} failed; this is a defect of the framework", body, defect);
        }
    }
}
