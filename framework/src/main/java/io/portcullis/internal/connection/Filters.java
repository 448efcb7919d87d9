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
 * Which filter a connection has, and how one follows the other: from the gate over the handshake to the open
 * connection, and by a change of its own. Touched by the strand alone, but for what says otherwise.
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
     * Those of a connection that has not begun.
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

    /** The filter that has the connection now. */
    Filter now() {
        return filter;
    }

    /** The change that is under way. */
    @Nullable
    Upgrade upgrade() {
        return upgrade;
    }

    /**
     * Whether the filter may have bytes now: not while its task runs elsewhere, nor while the last plaintext has not
     * left.
     */
    boolean takesInput() {
        return task == null && (upgrade == null || !upgrade.holdsInput());
    }

    /** Whether a task of the filter's runs elsewhere, which must be left alone meanwhile. */
    boolean taskRuns() {
        return task != null;
    }

    /** What both have agreed upon; null if that is not so, or no longer. From any thread. */
    @Nullable
    TlsSession session() {
        return session;
    }

    // Opening.

    /** There is nothing to negotiate, or no longer. */
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
            core.requests.askClose();
            core.strand.signal(Signal.ABORT);
        }
    }

    /** Carries out what came before the connection was open, or open again; its handler knows already that it is. */
    private void becameOpen() {
        if (core.life.halfCloseDeferred()) {
            shutdownOutput();
        }
    }

    /** The filter has asked for its successor. */
    void replace() {
        core.input.filterReplaced();
        Filter before = filter;
        filter = before.successor();
        before.free();
        if (filter.transparent()) {
            open();
        }
    }

    /** The filter's handshake is over. */
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

    /** Runs the filter's task, at once unless it may block; returns whether it has run already. */
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

    /** Too many tasks of others may wait: that is nobody's fault, but too much at a time. */
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

    /** In the turn after the signal: the task is done. */
    void taskDone() {
        FilterTask done = task;
        task = null;
        if (done != null) {
            taskFailed(done.failure());
        }
    }

    /** The same, in a turn that has failed. */
    void forgetTask() {
        task = null;
    }

    // Changes of an open connection's filter. From any thread:

    /** A future that completes with the session, or the first one if there is none yet. */
    CompletableFuture<TlsSession> whenSecured() {
        CompletableFuture<TlsSession> future = new CompletableFuture<>();
        core.requests.inTurn(() -> awaitSession(future));
        return callbacks.toldInFront(future);
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

    /** Whether a change to TLS is asked for or under way, as far as is known at the moment. */
    boolean changesToTls() {
        return upgrade instanceof Upgrade.ToTls || callbacks.securing();
    }

    /** Asks for a change to TLS, by a filter that is made when it begins. */
    CompletableFuture<TlsSession> startTls(Supplier<Filter> tls) {
        CompletableFuture<TlsSession> secured = new CompletableFuture<>();
        change(true, secured, () -> {
            if (session != null) {
                throw new IllegalStateException(core.connection + " is under TLS already");
            }
            return new Upgrade.ToTls(tls.get(), secured);
        });
        return callbacks.toldInFront(secured);
    }

    /** Asks for the way back. */
    CompletableFuture<Void> stopTls() {
        CompletableFuture<Void> plain = new CompletableFuture<>();
        change(false, plain, () -> {
            if (session == null) {
                throw new IllegalStateException(core.connection + " is not under TLS");
            }
            return new Upgrade.ToPlain(plain);
        });
        return callbacks.toldInFront(plain);
    }

    /** From the call on nothing more is accepted to be written, unless it turns out that nothing changes. */
    private void change(boolean toTls, CompletableFuture<?> outcome, Supplier<Upgrade> choice) {
        boolean alone = core.requests.askChange(toTls);
        core.requests.inTurn(() -> {
            try {
                if (!alone || !mayChange()) {
                    throw new IllegalStateException(core.connection + " is not open, or ends, or changes already");
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

    /** Asks for the end of the output, behind everything that was asked for before. */
    void askEndOfOutput() {
        core.requests.askEnd();
        core.requests.tell(this::shutdownOutput);
    }

    // On the strand:

    private boolean mayChange() {
        return core.life.state() == Life.State.OPEN
                && upgrade == null
                && !core.input.endDelivered()
                && !core.requests.outputEnded()
                && !core.requests.closeAsked();
    }

    private void beginChange(Upgrade next) {
        upgrade = next;
        next.begins(callbacks.receivedBefore());
        if (core.requests.nothingArrives()) {
            goOnBehindWrites(next);
        } else {
            core.requests.tell(() -> goOnBehindWrites(next));
        }
        // A completion may ask for it when the turn has looked for changes already
        core.strand.signal(Signal.MESSAGE);
    }

    /**
     * Everything has come that was accepted to be written before the change: goes on with it, the way back with the end
     * of the TLS stream.
     */
    private void goOnBehindWrites(Upgrade asked) {
        core.requests.changeBegins();
        asked.writesHaveCome();
        if (asked instanceof Upgrade.ToPlain) {
            core.output.stopTls();
        }
    }

    /**
     * Ends the output behind everything that was written, and behind a handshake or a change that was asked for before;
     * the input goes on.
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
     * At the end of the turn in which a change was asked for, or when the callback has returned that has asked for it:
     * looks for what must not be there. What has come since that callback began may be a quick peer's answer to what it
     * wrote, and is left to the handshake: nobody reads it as anything else.
     */
    void lookWhatCameTooEarly() {
        long received = core.input.networkBytes();
        if (upgrade instanceof Upgrade.ToTls begun
                && core.life.state() == Life.State.OPEN
                && !callbacks.calling()
                && begun.look(core.input.holdsMoreThan(received - begun.receivedBefore()))) {
            core.upgradeViolated("bytes arrived behind the command that starts TLS, before it was answered"
                    + "; they are dropped, whoever sent them");
        }
    }

    /**
     * At the end of a turn: goes on with the change; returns whether the connection may go on by that: with another
     * filter, or with what came while too much was pending.
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
                    "the handler has left bytes unread that came by TLS; what follows is plaintext and must not"
                            + " be read behind them");
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

    /** The peer has ended its TLS stream; returns whether that is what a change waits for. */
    boolean peerStopped() {
        return upgrade != null && upgrade.peerStopped();
    }

    // How it ends.

    /**
     * Whether the peer of a server has gone without a byte, as health checks do: that is no handshake, and so none that
     * failed.
     */
    boolean leftUnused(HandshakeFailure failure) {
        return server
                && core.life.state() == Life.State.OPENING
                && core.input.networkBytes() == 0
                && failure == HandshakeFailure.TRUNCATED;
    }

    /** Why a connection ends that has failed in this way. */
    CloseReason protocolFailed(HandshakeFailure failure) {
        boolean changes = core.life.state() == Life.State.SECURING || core.life.state() == Life.State.STOPPING;
        if (changes && upgrade != null) {
            return upgrade.reasonFor(failure);
        }
        return core.life.state() == Life.State.OPENING ? CloseReason.HANDSHAKE_FAILED : CloseReason.PROTOCOL_VIOLATION;
    }

    /** The handshake has failed: nobody who awaits it needs to wait until the peer, too, has closed. */
    void failUpgradeToTls() {
        if (upgrade instanceof Upgrade.ToTls) {
            failUpgrade();
        }
    }

    /** The connection is over. */
    void failUpgrade() {
        if (upgrade != null) {
            upgrade.fail(core.life.ending().failure());
        }
    }

    /** The connection is over. */
    void free() {
        filter.free();
    }
}
