// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsSession;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The current filter of a connection and its replacement: from the gate through the handshake to the open connection,
 * and by later changes between plaintext and TLS. Confined to the strand, except where noted otherwise.
 */
final class Filters {
    private final Core core;
    private final Callbacks callbacks;
    private final boolean server;

    private Filter filter;
    private @Nullable Upgrade upgrade;
    private @Nullable FilterTask task;
    private volatile @Nullable TlsSession session;

    /**
     * Creates the filters of a connection that has not begun.
     *
     * @param server whether this side is the server
     * @param first the first filter
     */
    Filters(Core core, Callbacks callbacks, boolean server, Filter first) {
        this.core = core;
        this.callbacks = callbacks;
        this.server = server;
        this.filter = first;
    }

    /** Returns the current filter. */
    Filter now() {
        return filter;
    }

    /** Returns the change that is under way, or null. */
    @Nullable
    Upgrade upgrade() {
        return upgrade;
    }

    /**
     * Whether the filter may be given bytes now: not while its task runs elsewhere, nor until the last plaintext has
     * been sent.
     */
    boolean takesInput() {
        return task == null && (upgrade == null || !upgrade.holdsInput());
    }

    /** Whether a task of the filter runs elsewhere; meanwhile the filter must not be called. */
    boolean taskRuns() {
        return task != null;
    }

    /** Returns the negotiated session, or null if there is none, or no longer. May be called from any thread. */
    @Nullable
    TlsSession session() {
        return session;
    }

    // Opening.

    /** Opens the connection: there is nothing left to negotiate. */
    void open() {
        if (core.life.state() != Life.State.OPENING) {
            return;
        }
        core.life.become(Life.State.OPEN);
        core.leaveGate();
        core.opening = null;
        if (callbacks.opened()) {
            becameOpen();
        } else {
            core.requests.requestClose();
            core.strand.signal(Signal.ABORT);
        }
    }

    /**
     * Carries out requests that came before the connection was open, or open again; its handler has been notified
     * already.
     */
    private void becameOpen() {
        if (core.life.halfCloseDeferred()) {
            shutdownOutput();
        }
    }

    /** Replaces the filter by its successor. */
    void replace() {
        core.input.filterReplaced();
        Filter before = filter;
        filter = before.successor();
        before.free();
        if (filter.transparent()) {
            open();
        }
    }

    /** Called when the filter's handshake has succeeded. */
    void secured() {
        core.handshakeOver();
        TlsSession facts = filter.session();
        session = facts;
        core.requests.lookAgain(core::attempt);
        if (facts != null && core.opening != null) {
            core.home.audience().secured(core.connection, facts, core.opening.time());
        }
        if (core.life.state() == Life.State.SECURING && upgrade instanceof Upgrade.ToTls done && facts != null) {
            core.life.become(Life.State.OPEN);
            core.opening = null;
            changed();
            callbacks.secured();
            done.secured(facts);
            becameOpen();
        } else {
            open();
        }
    }

    /** Runs the filter's task, immediately unless it may block; returns whether it has already run. */
    boolean runTask() {
        Runnable work = filter.task();
        if (work != null && filter.tasksMayBlock()) {
            runElsewhere(new FilterTask(work, core.strand));
        } else if (work != null) {
            try {
                work.run();
            } catch (Throwable failure) {
                taskFailed(failure);
            }
        }
        return task == null && !core.life.ended();
    }

    /**
     * Runs a task on a thread for tasks. If too many tasks wait already, the connection is refused: the machine is
     * overloaded.
     */
    private void runElsewhere(FilterTask blocking) {
        try {
            blocking.start(core.home.machine());
            task = blocking;
        } catch (RejectedExecutionException tooMany) {
            core.end(CloseReason.ADMISSION_REFUSED, tooMany);
        }
    }

    private void taskFailed(@Nullable Throwable failure) {
        if (failure != null) {
            core.end(protocolFailed(HandshakeFailure.OTHER), failure);
        }
    }

    /** Called in the turn after the signal that the task is done. */
    void taskDone() {
        FilterTask done = task;
        task = null;
        if (done != null) {
            taskFailed(done.failure());
        }
    }

    /** The same for a turn that has failed. */
    void forgetTask() {
        task = null;
    }

    // Changes of an open connection's filter. May be called from any thread:

    /** Returns a future that completes with the current session, or with the first one if there is none yet. */
    CompletableFuture<TlsSession> whenSecured() {
        CompletableFuture<TlsSession> future = new CompletableFuture<>();
        CompletableFuture<TlsSession> returned = callbacks.viaExecutorInFront(future);
        core.requests.inTurn(() -> awaitSession(future));
        return returned;
    }

    private void awaitSession(CompletableFuture<TlsSession> future) {
        TlsSession facts = session;
        if (facts != null) {
            future.complete(facts);
        } else if (core.over()) {
            future.completeExceptionally(core.life.ending().exception());
        } else {
            core.requests.wakeLater(future, () -> awaitSession(future));
        }
    }

    /** Whether a change to TLS was requested or is under way, as far as is known at the moment. */
    boolean changesToTls() {
        return upgrade instanceof Upgrade.ToTls || callbacks.securing();
    }

    /** Requests a change to TLS, with a filter that is created when the change begins. */
    CompletableFuture<TlsSession> startTls(Supplier<Filter> tls) {
        CompletableFuture<TlsSession> secured = new CompletableFuture<>();
        CompletableFuture<TlsSession> returned = callbacks.viaExecutorInFront(secured);
        change(true, secured, () -> {
            if (session != null) {
                throw new IllegalStateException(core.connection + " is under TLS already");
            }
            return new Upgrade.ToTls(tls.get(), secured);
        });
        return returned;
    }

    /** Requests the change back to plaintext. */
    CompletableFuture<Void> stopTls() {
        CompletableFuture<Void> plain = new CompletableFuture<>();
        CompletableFuture<Void> returned = callbacks.viaExecutorInFront(plain);
        change(false, plain, () -> {
            if (session == null) {
                throw new IllegalStateException(core.connection + " is not under TLS");
            }
            return new Upgrade.ToPlain(plain);
        });
        return returned;
    }

    /** Requests a change. From this call on no writes are accepted, unless the change turns out to be rejected. */
    private void change(boolean toTls, CompletableFuture<?> outcome, Supplier<Upgrade> choice) {
        boolean alone = core.requests.requestChange(toTls);
        core.requests.inTurn(() -> {
            try {
                if (!alone || !mayChange()) {
                    throw new IllegalStateException(
                            core.connection + " is not open, is closing, or is already changing");
                }
                beginChange(choice.get());
            } catch (Throwable refused) {
                if (alone && upgrade == null) {
                    core.requests.changeOver();
                }
                outcome.completeExceptionally(refused);
            }
        });
    }

    /** Requests the end of the output, after everything requested before. */
    void requestEndOfOutput() {
        core.requests.requestEnd();
        core.requests.enqueue(this::shutdownOutput);
    }

    // On the strand:

    private boolean mayChange() {
        return core.life.state() == Life.State.OPEN
                && upgrade == null
                && !core.input.endDelivered()
                && !core.requests.outputEnded()
                && !core.requests.closeRequested();
    }

    private void beginChange(Upgrade next) {
        upgrade = next;
        next.begins(callbacks.receivedBefore());
        if (core.requests.nothingArrives()) {
            goOnBehindWrites(next);
        } else {
            core.requests.enqueue(() -> goOnBehindWrites(next));
        }
        // A completion may request it after the turn has already checked for changes
        core.strand.signal(Signal.MESSAGE);
    }

    /**
     * Continues the change once all writes accepted before it have arrived; the change to plaintext then ends the TLS
     * stream.
     */
    private void goOnBehindWrites(Upgrade asked) {
        core.requests.changeBegins();
        asked.writesHaveCome();
        if (asked instanceof Upgrade.ToPlain) {
            core.output.stopTls();
        }
    }

    /**
     * Ends the output after everything written before, and after a handshake or a change requested before; the input
     * stays open.
     */
    private void shutdownOutput() {
        if (upgrade != null || core.life.handshaking()) {
            core.life.deferHalfClose();
        } else if (core.life.state() == Life.State.OPEN && !core.life.halfClosing() && !core.life.halfClosed()) {
            core.life.halfClose();
            // With TLS 1.2 the peer's end has ended both directions
            if (!core.requests.outputEnded()) {
                core.requests.shutdownOutput();
                core.output.close();
            }
        }
    }

    /**
     * Checks for bytes that arrived too early, at the end of the turn in which a change was requested, or when the
     * callback that requested it has returned. Bytes that have come since that callback began may be a quick peer's
     * response to what it wrote; they are left to the handshake and never read as anything else.
     */
    void lookWhatCameTooEarly() {
        long received = core.input.networkBytes();
        if (upgrade instanceof Upgrade.ToTls begun
                && core.life.state() == Life.State.OPEN
                && !callbacks.calling()
                && begun.look(core.input.holdsMoreThan(received - begun.receivedBefore()))) {
            core.upgradeViolated("bytes arrived behind the command that starts TLS, before the response to it was sent"
                    + "; they are dropped, as an attacker may have injected them");
        }
    }

    /**
     * Continues the change at the end of a turn; returns whether the connection may now make progress, with another
     * filter or with bytes that came while too much was pending.
     */
    boolean advance() {
        Upgrade change = upgrade;
        if (change == null
                || callbacks.calling()
                || !(core.life.delivers() || core.life.state() == Life.State.SECURING)) {
            return false;
        }
        boolean changed = advance(change);
        if (changed && core.life.state() == Life.State.OPEN) {
            becameOpen();
        }
        return changed;
    }

    private boolean advance(Upgrade change) {
        if (change instanceof Upgrade.ToTls toTls) {
            return advance(toTls);
        }
        return change instanceof Upgrade.ToPlain toPlain && advance(toPlain);
    }

    private boolean advance(Upgrade.ToTls change) {
        boolean switches = change.advance(!change.awaitsWrites() && core.output.flushed());
        if (switches) {
            core.life.become(Life.State.SECURING);
            core.opening = Opening.ofHandshake(core.home, core.strand);
            useFilter(change.filter());
        }
        return switches;
    }

    private boolean advance(Upgrade.ToPlain change) {
        return switch (change.advance(core.output.stopped())) {
            case NOTHING -> false;
            case AWAIT_PEER -> {
                core.life.become(Life.State.STOPPING);
                yield true;
            }
            case GO_ON_PLAIN -> goesOnPlain(change);
        };
    }

    private boolean goesOnPlain(Upgrade.ToPlain change) {
        if (core.input.holdsDecoded()) {
            core.upgradeViolated(
                    "the handler has left bytes unread that came over TLS; what follows is plaintext and must not"
                            + " be read together with them");
            return false;
        }
        if (core.life.state() == Life.State.STOPPING) {
            core.life.become(Life.State.OPEN);
        }
        core.output.restart();
        core.input.restart();
        useFilter(new PlainFilter());
        session = null;
        changed();
        change.plain();
        return true;
    }

    private void useFilter(Filter next) {
        filter.free();
        filter = next;
    }

    private void changed() {
        upgrade = null;
        core.requests.changeOver();
    }

    /** Called when the peer has ended its TLS stream; returns whether a change was waiting for that. */
    boolean peerStopped() {
        return upgrade != null && upgrade.peerStopped();
    }

    // How it ends.

    /**
     * Whether the peer of a server has disconnected without sending a byte, as health checks do; that does not count as
     * a failed handshake.
     */
    boolean leftUnused(HandshakeFailure failure) {
        return server
                && core.life.state() == Life.State.OPENING
                && core.input.networkBytes() == 0
                && failure == HandshakeFailure.TRUNCATED;
    }

    /** Returns the reason for which a connection ends after this failure. */
    CloseReason protocolFailed(HandshakeFailure failure) {
        boolean changes = core.life.state() == Life.State.SECURING || core.life.state() == Life.State.STOPPING;
        if (changes && upgrade != null) {
            return upgrade.reasonFor(failure);
        }
        return core.life.state() == Life.State.OPENING ? CloseReason.HANDSHAKE_FAILED : CloseReason.PROTOCOL_VIOLATION;
    }

    /**
     * Fails a change to TLS as soon as the handshake has failed, so that its caller need not wait until the peer has
     * closed.
     */
    void failUpgradeToTls() {
        if (upgrade instanceof Upgrade.ToTls) {
            failUpgrade();
        }
    }

    /** Fails the change under way, as the connection is over. */
    void failUpgrade() {
        if (upgrade != null) {
            upgrade.fail(core.life.ending().failure());
        }
    }

    /** Frees the filter, as the connection is over. */
    void free() {
        filter.free();
    }
}
