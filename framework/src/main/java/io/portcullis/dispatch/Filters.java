// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsSession;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which filter a connection has, and how one follows the other: from the gate over the handshake to the open connection, and by a
 * change of its own. Touched by the strand alone, but for what says otherwise.
 */
final class Filters {
    private final Parts parts;
    private final Endings endings;
    private final Writes writes;
    private final Callbacks callbacks;

    private Filter filter;
    private @Nullable Upgrade upgrade;

    /** How many bytes had come when the code began that has asked for it. */
    private long receivedBefore;

    private @Nullable FilterTask task;
    private volatile @Nullable TlsSession session;

    Filters(Parts parts, Endings endings, Writes writes, Callbacks callbacks, Filter first) {
        this.parts = parts;
        this.endings = endings;
        this.writes = writes;
        this.callbacks = callbacks;
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

    /** Whether what arrives must wait until the last plaintext has left. */
    boolean holdInput() {
        return upgrade != null && upgrade.holdsInput();
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
        if (parts.life.state() != Life.State.OPENING) {
            return;
        }
        parts.life.become(Life.State.OPEN);
        parts.opening.leaveGate();
        if (callbacks.opened()) {
            becameOpen();
        } else {
            parts.requests.askClose();
            parts.strand.signal(Signal.ABORT);
        }
    }

    /** Carries out what came before the connection was open, or open again; its handler knows already that it is. */
    private void becameOpen() {
        if (parts.life.halfCloseDeferred()) {
            writes.endOutput();
        }
    }

    /** The filter has asked for its successor. */
    void replace() {
        parts.input.filterReplaced();
        Filter before = filter;
        filter = before.successor();
        before.free();
        if (filter.transparent()) {
            open();
        }
    }

    /** The filter's handshake is over. */
    void secured() {
        parts.opening.handshakeOver();
        TlsSession facts = filter.session();
        session = facts;
        parts.requests.lookAgain(endings::attempt);
        if (facts != null) {
            parts.home.secured(parts.connection, facts, parts.opening.time());
        }
        Upgrade done = upgrade;
        if (parts.life.state() == Life.State.SECURING && done != null && facts != null) {
            parts.life.become(Life.State.OPEN);
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
            runElsewhere(new FilterTask(work, parts.strand));
        } else if (work != null) {
            try {
                work.run();
            } catch (Throwable failure) {
                taskFailed(failure);
            }
        }
        return task == null && !parts.life.ended();
    }

    /** Too many tasks of others may wait: that is nobody's fault, but too much at a time. */
    private void runElsewhere(FilterTask blocking) {
        try {
            blocking.start(parts.home.machine());
            task = blocking;
        } catch (RejectedExecutionException tooMany) {
            endings.end(CloseReason.ADMISSION_REFUSED, tooMany);
        }
    }

    private void taskFailed(@Nullable Throwable failure) {
        if (failure != null) {
            endings.end(protocolFailed(HandshakeFailure.OTHER), failure);
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

    // Changes of an open connection's filter.

    /** From the call on nothing more is accepted to be written, unless it turns out that nothing changes. From any thread. */
    void change(CompletableFuture<?> outcome, Supplier<Upgrade> choice) {
        boolean alone = parts.requests.askChange();
        Runnable begin = () -> {
            try {
                if (!alone || !mayChange()) {
                    throw new IllegalStateException(parts.connection + " is not open, or ends, or changes already");
                }
                beginChange(choice.get());
            } catch (Throwable refused) {
                if (alone && upgrade == null) {
                    parts.requests.changeOver();
                }
                outcome.completeExceptionally(refused);
            }
        };
        if (parts.strand.isCurrent()) {
            begin.run();
        } else {
            parts.requests.tell(begin);
        }
    }

    private boolean mayChange() {
        return parts.life.state() == Life.State.OPEN
                && upgrade == null
                && !parts.life.peerEnded()
                && !parts.requests.outputEnded()
                && !parts.requests.closeAsked();
    }

    private void beginChange(Upgrade next) {
        upgrade = next;
        receivedBefore = callbacks.receivedBefore();
        if (!next.toTls()) {
            parts.output.stopTls();
        }
        parts.requests.changeBegins();
    }

    /**
     * At the end of the turn in which a change was asked for, or when the callback has returned that has asked for it: looks for what
     * must not be there. What has come since that callback began may be a quick peer's answer to what it wrote, and is left to the
     * handshake: nobody reads it as anything else.
     */
    void lookWhatCameTooEarly() {
        Upgrade begun = upgrade;
        long received = parts.counters.networkIn();
        if (begun != null
                && parts.life.state() == Life.State.OPEN
                && !callbacks.calling()
                && begun.look(parts.input.holdsMoreThan(received - receivedBefore))) {
            endings.upgradeViolated("bytes arrived behind the command that starts TLS, before it was answered"
                    + "; they are dropped, whoever sent them");
        }
    }

    /** At the end of a turn: goes on with the change; returns whether the connection has another filter now. */
    boolean advance() {
        Upgrade change = upgrade;
        if (change == null
                || callbacks.calling()
                || !(parts.life.delivers() || parts.life.state() == Life.State.SECURING)) {
            return false;
        }
        boolean changed = advance(change);
        if (changed && parts.life.state() == Life.State.OPEN) {
            becameOpen();
        }
        return changed;
    }

    private boolean advance(Upgrade change) {
        return switch (change.next(parts.output.flushed(), parts.output.stopped())) {
            case NOTHING -> false;
            case SECURE -> {
                parts.life.become(Life.State.SECURING);
                useFilter(change.filter());
                yield true;
            }
            case AWAIT_PEER -> {
                parts.life.become(Life.State.STOPPING);
                yield false;
            }
            case GO_ON_PLAIN -> goesOnPlain(change);
        };
    }

    private boolean goesOnPlain(Upgrade change) {
        if (parts.input.holdsDecoded()) {
            endings.upgradeViolated(
                    "the handler has left bytes unread that came by TLS; what follows is plaintext and must not"
                            + " be read behind them");
            return false;
        }
        if (parts.life.state() == Life.State.STOPPING) {
            parts.life.become(Life.State.OPEN);
        }
        parts.output.restart();
        parts.input.restart();
        useFilter(new PlainFilter());
        session = null;
        changed();
        change.plain();
        return true;
    }

    private void useFilter(Filter next) {
        filter.free();
        filter = next;
        parts.opening.handshakeBegins();
    }

    private void changed() {
        upgrade = null;
        parts.requests.changeOver();
    }

    /** The peer has ended its TLS stream; returns whether that is what a change waits for. */
    boolean peerStopped() {
        return upgrade != null && upgrade.peerStopped();
    }

    // How it ends.

    /** Why a connection ends that has failed in this way. */
    CloseReason protocolFailed(HandshakeFailure failure) {
        boolean changes = parts.life.state() == Life.State.SECURING || parts.life.state() == Life.State.STOPPING;
        if (changes && upgrade != null) {
            return upgrade.reasonFor(failure);
        }
        return parts.life.state() == Life.State.OPENING ? CloseReason.HANDSHAKE_FAILED : CloseReason.PROTOCOL_VIOLATION;
    }

    /** The handshake has failed: nobody who awaits it needs to wait until the peer, too, has closed. */
    void failUpgradeToTls() {
        if (upgrade != null && upgrade.toTls()) {
            failUpgrade();
        }
    }

    /** The connection is over. */
    void failUpgrade() {
        if (upgrade != null) {
            upgrade.fail(parts.life.ending().failure());
        }
    }

    /** The connection is over. */
    void free() {
        filter.free();
    }
}
