// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is at the moment: its filter, its phase, its handler; and how one follows the other, from the gate over
 * the handshake to an upgrade. But for the two words that begin an upgrade, everything here runs on the strand.
 */
abstract class ConnectionState extends ConnectionFace {
    Phase phase = Phase.OPENING;
    ConnectionHandler handler;
    Filter filter;
    boolean peerEnded;

    /** Whether the handler was told that the server drains. */
    private boolean drainTold;

    /** Whether the end of the output was asked for before there was one. */
    boolean endsOutput;

    @Nullable
    Upgrade upgrade;

    private @Nullable Gatekeeper keeper;

    /** Of the connection, until the first bytes of TLS come. */
    private long handshakeBegan;

    ConnectionState(Endpoint endpoint, Wire wire, Filter filter, ConnectionHandler handler) {
        super(endpoint, wire);
        this.filter = filter;
        this.handler = handler;
        handshakeBegins();
    }

    /** Drives the two paths until neither gets on. */
    abstract void exchange();

    /** Ends the connection at once. */
    abstract void end(CloseReason why, @Nullable Throwable lyingBehind);

    final Filter filter() {
        return filter;
    }

    final boolean ended() {
        return phase == Phase.ENDED;
    }

    // The gate.

    /** The gatekeeper that made the filter; before the connection starts. */
    final void enteredBy(Gatekeeper gatekeeper) {
        keeper = gatekeeper;
    }

    /** What the gate waits for begins. */
    final void enterGate() {
        if (keeper != null) {
            keeper.attach(this);
        }
    }

    /** The gate has nothing more to say. */
    final void leaveGate() {
        if (keeper != null) {
            keeper.leave();
            keeper = null;
        }
    }

    /** From now on another handler is told; before the connection is open. */
    final void handOver(ConnectionHandler next) {
        handler = next;
    }

    /** Whether the filter goes on although a read is outstanding: the gate has decided, or the filter keeps bytes to itself. */
    final boolean goesOnWithoutInput() {
        return (phase == Phase.OPENING || phase == Phase.OPEN) && filter.hasInput() && !filter.waitsForDecision();
    }

    /** Whether the bytes of this connection only pass through; then each direction is slowed down by itself. */
    final boolean relays() {
        return handler instanceof RelaySide;
    }

    final void replaceFilter() {
        Filter before = filter;
        filter = before.successor();
        before.free();
        if (filter.transparent()) {
            open();
        }
    }

    final void open() {
        if (phase != Phase.OPENING) {
            return;
        }
        phase = Phase.OPEN;
        leaveGate();
        endpoint.opened(this);
        if (handler instanceof ClientHandler client && !client.opens(this)) {
            abort();
        } else {
            callBackInFront(() -> {
                handler.onOpen(this);
                requireRoom();
            });
            becameOpen();
        }
    }

    /** Refuses a handler that must leave more unread than it may: it would work until the first large frame comes. */
    private void requireRoom() {
        int needed = handler.unreadNeeded();
        int limit = endpoint.settings().unread();
        if (needed > limit) {
            throw new IllegalStateException("the handler may have to leave " + needed
                    + " bytes unread, more than unreadLimit(" + limit
                    + ") allows: lower the limit of its frames or lines, or raise unreadLimit");
        }
    }

    /** Carries out what came before the connection was open, or open again; its handler knows already that it is. */
    private void becameOpen() {
        if (endsOutput) {
            endOutputNow();
        }
    }

    @Override
    final void drain() {
        strand.signal(Signal.MESSAGE);
    }

    /** Behind what was received: a handler that closes answers that first. Returns whether its handler was told. */
    final boolean tellDrain() {
        if (drainTold || !endpoint.draining() || phase != Phase.OPEN || upgrade != null || endpoint.closing()) {
            return false;
        }
        drainTold = true;
        callBack(() -> handler.onDrain(this));
        return true;
    }

    /** The handshake has failed: nobody who awaits it needs to wait until the peer, too, has closed. */
    final void tellWhoAwaits() {
        tellConnect();
        if (upgrade != null && upgradesToTls()) {
            upgrade.fail(ending.failure());
        }
    }

    /** The connect of a client is told of the end, in case that it waits. */
    final void tellConnect() {
        if (handler instanceof ClientHandler client) {
            client.ended(this, ending.reason(), ending.cause());
        }
    }

    // Callbacks.

    /** Whether a callback runs elsewhere, or waits for it: nothing is delivered meanwhile, and no buffer touched that it may have. */
    boolean calling() {
        return false;
    }

    @Override
    public boolean receiving() {
        boolean open = phase == Phase.OPEN || phase == Phase.UPGRADING;
        if (!open || closeRequested || upgradesToTls() || inbound().paused()) {
            return false;
        }
        if (pendingBytes() <= endpoint.settings().highWatermark()) {
            return true;
        }
        presentAgain();
        return false;
    }

    /** Whoever stops short for the sake of back-pressure is called again when there is no need for it any more. */
    void presentAgain() {
        if (strand.isCurrent()) {
            inbound().presentAgain();
        } else {
            tell(inbound()::presentAgain);
        }
    }

    /** The first bytes of a handshake have come, or are about to be sent: its time runs. */
    final void handshakeBegins() {
        handshakeBegan = endpoint.machine().now();
    }

    /** Whether a client has gone without a byte, as health checks do: that is no handshake, and so none that failed. */
    final boolean leftUnused(TlsException failure) {
        return phase == Phase.OPENING && host == null && !heard() && failure.failure() == HandshakeFailure.TRUNCATED;
    }

    private Duration handshakeTime() {
        return Duration.ofNanos(endpoint.machine().now() - handshakeBegan);
    }

    /**
     * The connection ends; if it was not open yet, or is being upgraded, the handshake has failed.
     *
     * @param was the phase until now
     * @return what is told as the cause
     */
    final @Nullable Throwable handshakeEnds(Phase was, CloseReason why, @Nullable Throwable cause) {
        boolean opening = was == Phase.OPENING || (was == Phase.UPGRADING && upgradesToTls());
        TlsException failure = opening ? HandshakeEnd.of(why, cause, this) : null;
        if (failure == null) {
            return cause;
        }
        endpoint.handshakeFailed(this, failure, handshakeTime());
        return failure;
    }

    /** The filter's handshake is over. */
    final void filterSecured() {
        inbound().handshakeOver();
        TlsSession facts = filter.session();
        securedNow(facts);
        if (facts != null) {
            endpoint.secured(this, facts, handshakeTime());
        }
        Upgrade done = upgrade;
        if (phase == Phase.UPGRADING && done != null && facts != null) {
            phase = Phase.OPEN;
            upgraded();
            callBackInFront(() -> handler.onSecured(this));
            done.secured(facts);
            becameOpen();
        } else {
            open();
        }
    }

    // Upgrades.

    @Override
    public CompletableFuture<TlsSession> startTls(TlsProfile profile) {
        CompletableFuture<TlsSession> secured = new CompletableFuture<>();
        upgrade(secured, () -> {
            if (session != null) {
                throw new IllegalStateException(this + " is under TLS already");
            }
            Filter tls = host == null
                    ? profile.serverFilter()
                    : profile.clientFilter(host, remoteAddress().getPort());
            return Upgrade.toTls(this, tls, secured);
        });
        return secured;
    }

    @Override
    public CompletableFuture<Void> stopTls() {
        CompletableFuture<Void> plain = new CompletableFuture<>();
        upgrade(plain, () -> {
            if (session == null) {
                throw new IllegalStateException(this + " is not under TLS");
            }
            return Upgrade.toPlain(this, plain);
        });
        return plain;
    }

    /** From the call on nothing more is accepted to be written, unless it turns out that nothing changes. */
    private void upgrade(CompletableFuture<?> outcome, Supplier<Upgrade> change) {
        boolean alone = !upgrading;
        if (alone) {
            upgrading = true;
        }
        Runnable begin = () -> {
            try {
                if (!alone || phase != Phase.OPEN || outputClosed || closeRequested || peerEnded || upgrade != null) {
                    throw new IllegalStateException(this + " is not open, or ends, or changes already");
                }
                upgrade = change.get();
                int before = upgrades;
                upgrades = before + 1;
            } catch (Throwable refused) {
                if (alone) {
                    upgrading = upgrade != null;
                }
                outcome.completeExceptionally(refused);
            }
        };
        if (strand.isCurrent()) {
            begin.run();
        } else {
            tell(begin);
        }
    }

    /** Whether what arrives must wait until the last plaintext has left. */
    final boolean upgradeHoldsInput() {
        return upgrade != null && upgrade.holdsInput();
    }

    final boolean upgradesToTls() {
        return upgrade != null && upgrade.toTls();
    }

    /** At the end of a turn: looks for what must not be there, and goes on as far as it can. */
    final void advanceUpgrade() {
        if (upgrade != null && phase == Phase.OPEN && !calling()) {
            upgrade.look();
        }
        outbound().send(filter);
        while (upgrade != null
                && !calling()
                && (phase == Phase.OPEN || phase == Phase.UPGRADING)
                && upgrade.advance()) {
            if (phase == Phase.OPEN) {
                becameOpen();
            }
            exchange();
            outbound().send(filter);
        }
    }

    /** From now on another filter has the connection. */
    final void upgradeTo(Filter next, Phase then) {
        filter.free();
        filter = next;
        phase = then;
        handshakeBegins();
        if (then == Phase.OPEN) {
            session = null;
            upgraded();
        }
    }

    /** Our close_notify is sent. */
    final void waitForPeer() {
        phase = Phase.UPGRADING;
    }

    private void upgraded() {
        upgrade = null;
        upgrading = false;
    }

    final void violated(String what) {
        end(CloseReason.UPGRADE_VIOLATION, Upgrade.violation(what));
    }

    /** The TLS stream has ended; returns whether the connection goes on without it. */
    final boolean inputStopped() {
        return upgrade != null && upgrade.inputClosed();
    }
}
