// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.accept.Reception;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.MemoryWatch;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.loop.Work;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.wire.Transport;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.Filter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * A machine on the thread of the test: a clock that the test advances, a queue of strands, tasks that run when the test
 * says so, and a strict pool. Strands run as on a {@link DispatcherThread}: at once, but never within a turn.
 */
class VirtualMachine implements Machine {
    private record Plan(long time, long number, TimingWheel.Timer timer) {}

    private static final Duration STEP = Duration.ofSeconds(5);

    final BufferPool buffers;
    private final Map<Endpoint, Reception> receptions = new HashMap<>();
    private final MemoryWatch memory;
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    static final InetSocketAddress PEER = new InetSocketAddress("192.0.2.7", 51_234);
    static final InetSocketAddress LOCAL = new InetSocketAddress("198.51.100.1", 443);

    /** Connects when the test says so. */
    final ScriptedConnector connector = new ScriptedConnector();

    /** Strands that yielded to the back of the queue. */
    final ArrayDeque<Strand> later = new ArrayDeque<>();

    private final ArrayDeque<Runnable> afterRound = new ArrayDeque<>();
    private final ArrayDeque<Strand> ready = new ArrayDeque<>();
    private final PriorityQueue<Plan> plans =
            new PriorityQueue<>(Comparator.comparingLong(Plan::time).thenComparingLong(Plan::number));
    private boolean inTurn;
    private long now;
    private long ids;

    int scheduled;
    int ranLater;
    boolean roundsFail;
    boolean tasksRefused;

    /** Whether the executor throws although another thread is already running the task, as it may without memory. */
    boolean tasksThrow;

    /** Simulates a heap without a free byte: the next failure cannot even be described, until this is false again. */
    boolean full;

    private boolean failed;

    private final class NoMemory extends OutOfMemoryError {
        private static final long serialVersionUID = 1;

        @Override
        public String getMessage() {
            if (full) {
                throw this;
            }
            return "thrown by the test";
        }
    }

    VirtualMachine() {
        this(BufferPool.builder().strict(true).budget(1 << 30).build());
    }

    VirtualMachine(BufferPool buffers) {
        this.buffers = buffers;
        this.memory = new MemoryWatch(this::now, buffers);
    }

    Endpoint endpoint(ConnectionSettings settings) {
        return endpoint(settings, new ConnectionObserver() {});
    }

    Endpoint endpoint(ConnectionSettings settings, ConnectionObserver listener) {
        return new Endpoint(this, settings, listener);
    }

    /** An endpoint whose callbacks run on an executor, if there is one. */
    Endpoint endpointOn(@Nullable Executor callbacks, ConnectionSettings settings, ConnectionObserver... listeners) {
        return new Endpoint(
                this, settings, List.of(listeners), AdmissionLimit.none(), callbacks, null, ConnectionLimits.none());
    }

    /** Starts a connection on an endpoint with default settings. */
    void start(Transport transport, Filter filter, ConnectionHandler handler) {
        start(endpoint(ConnectionSettings.DEFAULT), transport, filter, handler);
    }

    /** Starts a connection on which a gate decides. */
    void start(Endpoint endpoint, Transport transport, Gate gate, ConnectionHandler handler) {
        reception(endpoint).start(new Wire(++ids, PEER, LOCAL, transport), gate, handler);
    }

    /** Accepts the connections of an endpoint on which gates decide. */
    Reception reception(Endpoint endpoint) {
        return receptions.computeIfAbsent(endpoint, its -> new Reception(its, connector));
    }

    void start(Endpoint endpoint, Transport transport, Filter filter, ConnectionHandler handler) {
        InetSocketAddress nowhere = InetSocketAddress.createUnresolved("scripted", 1);
        endpoint.start(new Wire(++ids, nowhere, nowhere, transport), filter, handler);
    }

    /** Advances the clock; timers run at their time. */
    void advance(Duration time) {
        long end = now + time.toNanos();
        for (Plan next = plans.peek(); next != null && next.time <= end; next = plans.peek()) {
            plans.remove(next);
            now = Math.max(now, next.time);
            next.timer.expired();
            runLater();
        }
        now = end;
    }

    /**
     * The same for connections over scripted transports: in steps shorter than the time after which an operation on a
     * closed socket is lost; operations pending on one complete between the steps.
     */
    void advance(Duration time, List<ScriptedTransport> transports) {
        for (Duration left = time; left.compareTo(Duration.ZERO) > 0; left = left.minus(STEP)) {
            transports.stream().filter(each -> each.closed).forEach(ScriptedTransport::completeAll);
            advance(left.compareTo(STEP) < 0 ? left : STEP);
        }
    }

    /** Runs the waiting tasks. */
    void runTasks() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    /** Runs the strands that yielded. */
    void runLater() {
        for (Strand next = later.poll(); next != null; next = later.poll()) {
            run(next);
        }
    }

    /** Runs code as another connection's turn: its requests to connections wait until it has returned. */
    void inAnotherTurn(Runnable code) {
        new Strand(signals -> code.run(), this).signal(Signal.MESSAGE);
    }

    /** Lets the threads finish a round, as often as an action waits for that. */
    void goRound() {
        boolean more = true;
        while (more) {
            more = goOneRound();
        }
    }

    /** Returns whether an action was waiting for it. */
    boolean goOneRound() {
        Runnable next = afterRound.poll();
        if (next == null) {
            return false;
        }
        next.run();
        return true;
    }

    /** The number of actions that wait for the end of a round. */
    int rounds() {
        return afterRound.size();
    }

    int planned() {
        return plans.size();
    }

    /** Verifies that everything was returned. */
    void verify(String what) {
        assertEquals(java.util.List.of(), buffers.outstanding(), what);
        assertEquals(0, buffers.statistics().activeLeases(), what);
        assertEquals(0, plans.size(), what + ": timers that were not canceled");
    }

    @Override
    public BufferPool buffers() {
        return buffers;
    }

    @Override
    public MemoryWatch memory() {
        return memory;
    }

    @Override
    public long now() {
        if (full && !failed) {
            failed = true;
            throw new NoMemory();
        }
        return now;
    }

    /** Exact to the nanosecond, unlike the wheel of the real machine. */
    @Override
    public void setTimer(TimingWheel.Timer timer, long expiry) {
        timer.note(expiry);
        plans.removeIf(plan -> plan.timer.equals(timer));
        if (expiry != TimingWheel.NEVER) {
            plans.add(new Plan(expiry, scheduled++, timer));
        }
    }

    @Override
    public Future<?> schedule(Runnable code, long delayNanos) {
        TimingWheel.Timer timer = new TimingWheel.Timer() {
            @Override
            public void expired() {
                code.run();
            }
        };
        setTimer(timer, now + delayNanos);
        return new CompletableFuture<Void>() {
            @Override
            public boolean cancel(boolean evenIfRunning) {
                setTimer(timer, TimingWheel.NEVER);
                return super.cancel(evenIfRunning);
            }
        };
    }

    @Override
    public void afterRound(Runnable code) {
        if (roundsFail) {
            throw new OutOfMemoryError("thrown by the test");
        }
        afterRound.add(code);
    }

    @Override
    public void run(Work work, Runnable task) {
        if (tasksRefused) {
            throw new RejectedExecutionException("thrown by the test");
        }
        if (tasksThrow) {
            task.run();
            throw new OutOfMemoryError("thrown by the test");
        }
        tasks.add(task);
    }

    @Override
    public void run(Strand strand) {
        if (inTurn) {
            ready.add(strand);
            return;
        }
        inTurn = true;
        try {
            for (Strand next = strand; next != null; next = ready.poll()) {
                next.run();
            }
        } finally {
            inTurn = false;
        }
    }

    @Override
    public void runLater(Strand strand) {
        ranLater++;
        later.add(strand);
    }
}
