// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionObserver;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * The surroundings of the connections that are explored: the machine and its time, an executor that may refuse tasks,
 * the operators of the endpoint, and everything that may be left behind.
 */
public final class ExploredEndpoint {
    /** What the executor does with the next callback. */
    private enum Refusal {
        NONE,
        /** It throws, once. */
        ONCE,
        /** It throws, and accepts the task all the same. */
        IN_VAIN,
        /** It throws. */
        ALWAYS
    }

    /**
     * At most this many operations are shortened: with all of them, moving a large response byte by byte would take all
     * day.
     */
    private static final int MOST_SHORTENED = 200;

    /** More rounds than any connection needs to become idle. */
    private static final int MOST_ROUNDS = 20_000;

    final VirtualMachine machine;
    final Endpoint endpoint;
    private final List<ScriptedTransport> transports = new ArrayList<>();
    private final ManualExecutor executor = new ManualExecutor();
    private final Defects machines = new Defects();
    private Refusal refusal = Refusal.NONE;
    private boolean callsAtOnce;
    private boolean inline = true;
    private int longest = Integer.MAX_VALUE;
    private int shortened;

    private final ScriptedTransport.Script script = new ScriptedTransport.Script() {
        @Override
        public boolean inline() {
            return inline;
        }

        @Override
        public int length(int most) {
            return shortened++ < MOST_SHORTENED ? Math.min(most, longest) : most;
        }
    };

    ExploredEndpoint(BufferPool buffers, boolean onExecutor, ConnectionSettings settings, ConnectionObserver listener) {
        machine = new VirtualMachine(buffers);
        machine.connector.transports = this::transport;
        machines.notice();
        endpoint = machine.endpointOn(onExecutor ? this::execute : null, settings, listener);
    }

    /** One whose peer reads nothing yet. */
    ScriptedTransport transport() {
        ScriptedTransport transport = new ScriptedTransport(script);
        transport.window = 0;
        transports.add(transport);
        return transport;
    }

    private void execute(Runnable callback) {
        Refusal now = refusal;
        refusal = now == Refusal.ONCE ? Refusal.NONE : now;
        if (now == Refusal.NONE && callsAtOnce) {
            callback.run();
        } else if (now == Refusal.NONE || now == Refusal.IN_VAIN) {
            executor.tasks.add(callback);
        }
        if (now != Refusal.NONE) {
            throw new RejectedExecutionException("thrown by the program");
        }
    }

    /** From now on the executor throws, and may accept tasks all the same; or it throws only once. */
    public void refuseCallbacks(boolean takenAllTheSame, boolean once) {
        refusal = takenAllTheSame ? Refusal.IN_VAIN : once ? Refusal.ONCE : Refusal.ALWAYS;
    }

    /** From now on the executor runs its tasks on the calling thread. */
    public void callAtOnce() {
        callsAtOnce = true;
    }

    /** The executor runs the next callback, if there is one. */
    public void callback() {
        if (!executor.tasks.isEmpty()) {
            executor.runOne();
        }
    }

    /** Whether operations complete within the call that starts them. */
    public void inline(boolean whether) {
        inline = whether;
    }

    /** The maximum number of bytes that each of the next operations moves. */
    public void longest(int bytes) {
        shortened = 0;
        longest = bytes;
    }

    /** Runs the tasks. */
    public void tasks() {
        machine.runTasks();
    }

    /** Runs the turns that yielded. */
    public void turns() {
        machine.runLater();
    }

    /** Time passes; operations pending on a closed socket complete, so that none counts as lost. */
    public void pass(Duration time) {
        machine.advance(time, transports);
    }

    /** The endpoint drains. */
    public void drain() {
        endpoint.drain();
    }

    /** The endpoint is closed. */
    public void shutDown() {
        endpoint.close();
    }

    /** From now on no connection of this process prints its log. */
    public static void printNothing() {
        Defects.printNothing();
    }

    /** Runs code on another thread. */
    public void byAnotherThread(Runnable call) {
        machines.notice();
        call.run();
    }

    /** Runs code in the turn of another connection. */
    public void inAnotherTurn(Runnable code) {
        machine.inAnotherTurn(code);
    }

    /** The number of bytes of memory that are leased. */
    public long memory() {
        return machine.buffers.statistics().activeBytes();
    }

    /** Runs everything that can run, until nothing makes progress any more; returns whether it has become idle. */
    public boolean rest(Runnable betweenRounds) {
        inline = true;
        longest = Integer.MAX_VALUE;
        for (int i = 0; i < MOST_ROUNDS; i++) {
            boolean moved = completeAll() || waits();
            machine.runTasks();
            machine.runLater();
            executor.runAll();
            int before = done();
            betweenRounds.run();
            moved |= before != done() || transports.stream().anyMatch(ScriptedTransport::writing);
            if (!moved && !waits()) {
                return true;
            }
        }
        return false;
    }

    private boolean completeAll() {
        boolean moved = false;
        for (int i = 0; i < transports.size(); i++) {
            transports.get(i).window = Integer.MAX_VALUE;
            moved |= transports.get(i).completeBoth();
        }
        return moved;
    }

    private boolean waits() {
        return !machine.tasks.isEmpty() || !executor.tasks.isEmpty() || !machine.later.isEmpty();
    }

    /** Increases with everything that is read or written. */
    private int done() {
        return transports.stream()
                .mapToInt(transport -> transport.sent.size() + transport.reads)
                .sum();
    }

    /** The defects that the seams have detected, and that the machine has logged. */
    public List<String> defects() {
        List<String> all = new ArrayList<>(machines.noticed);
        transports.forEach(transport -> all.addAll(transport.defects));
        return all;
    }

    /** What remains when everything has ended. */
    List<String> leftBehind() {
        List<String> all = new ArrayList<>();
        add(all, machine.buffers.statistics().activeLeases() != 0, "leases that were not returned");
        add(all, machine.planned() != 0, "timers that were not canceled");
        for (ScriptedTransport transport : transports) {
            add(all, transport.reading() || transport.writing(), "a pending operation");
            add(all, !transport.closed, "an open socket");
        }
        add(all, endpoint.connections() != 0, "a connection that is still counted");
        return all;
    }

    static void add(List<String> all, boolean holds, String what) {
        if (holds) {
            all.add(what);
        }
    }
}
