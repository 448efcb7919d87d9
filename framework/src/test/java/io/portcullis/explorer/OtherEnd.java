// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.Connection;
import io.portcullis.dispatch.ExploredConnection;
import io.portcullis.dispatch.ExploredConnection.Start;
import io.portcullis.explorer.ConnectionProgram.PeersTls;
import io.portcullis.explorer.Model.Fact;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The other end of the wire. The peer there changes with the connection: plain, then TLS after STARTTLS, then plain
 * again; bytes that one peer has not understood are passed to the next one.
 */
final class OtherEnd {
    private final ConnectionProgram program;
    private final ExploredConnection stage;
    private final Promises promises;
    private Peer peer;

    /** How many of the sent bytes the peer has been given. */
    private int received;

    /**
     * A requested switch to TLS.
     *
     * @param until after how many bytes of plaintext it begins
     */
    private record Change(CompletableFuture<?> future, IntSupplier until) {}

    /** Switches that may have begun; which of them are refused may become known later. */
    private final List<Change> starts = new ArrayList<>();

    /** The switch because of which the peer uses TLS; its future may complete later. */
    private @Nullable Change spoken;

    /** All requested switches back; which of them are refused may become known later. */
    private final List<CompletableFuture<?>> stops = new ArrayList<>();

    /** The bytes that the peer will send as soon as it can. */
    private final List<Runnable> unsent = new ArrayList<>();

    private boolean fin;

    /** Whether it has ended its stream of TLS. */
    private boolean sentEnd;

    private boolean ends;
    private boolean hearing;

    OtherEnd(ConnectionProgram program, ExploredConnection stage, Promises promises) {
        this.program = program;
        this.stage = stage;
        this.promises = promises;
        boolean plain = program.start() == Start.PLAIN
                || program.start() == Start.LATER_PLAIN
                || (program.start() == Start.DETECT && program.peersTls() == PeersTls.NONE);
        peer = plain ? new Peer.Plain() : program.start() == Start.FRAMES ? new FramesPeer() : tlsPeer();
    }

    private TlsPeer tlsPeer() {
        return new TlsPeer(program.peersTls().protocol());
    }

    /** How many bytes of the application it has understood. */
    int understood() {
        return peer.understood.size();
    }

    /** Whether its stream has ended. */
    boolean finished() {
        return fin;
    }

    /**
     * The connection was requested to switch to TLS, after this many bytes; and whether the switch is known to have
     * begun.
     */
    void starts(CompletableFuture<?> future, IntSupplier until, boolean begun) {
        if (begun) {
            starts.clear();
        }
        starts.add(new Change(future, until));
    }

    /** The switch to TLS that has begun, or may have; null if there is none. */
    private @Nullable Change change() {
        return starts.stream()
                .filter(change -> !refused(change.future))
                .findFirst()
                .orElse(null);
    }

    /** The connection was requested to switch back. */
    void stops(CompletableFuture<?> future) {
        stops.add(future);
    }

    /** Does what it can when it is idle. */
    void goOn() {
        stopTlsIfDue();
        speakTls();
    }

    /** Whether the peer has seen a graceful end: its protocol's own, or on a plain connection the end of the stream. */
    boolean sentTheEnd() {
        return !peer.alarmed
                && (peer instanceof Peer.Plain ? stage.socket.outputEnded() && change() == null : peer.receivedEnd);
    }

    /** The peer parses the bytes sent, and responds as its protocol requires. */
    void hear() {
        if (hearing) {
            return;
        }
        hearing = true;
        try {
            int end = stage.socket.sent();
            while (received < end) {
                byte[] news = stage.socket.sentFrom(received);
                int length = untilTls(news.length);
                if (length == 0) {
                    break;
                }
                received += length;
                peer.hear(length == news.length ? news : Arrays.copyOf(news, length));
                promises.peerReceived(peer.understood);
                end = stage.socket.sent();
            }
            boolean expected = promises.has(Fact.PEER_BABBLED)
                    || promises.has(Fact.PEER_FLOODED)
                    || promises.has(Fact.PEER_CUT)
                    || promises.has(Fact.TIME_PASSED);
            promises.require(
                    !peer.alarmed || expected || promises.has(Fact.UPGRADED) || fin || !promises.opened(),
                    "the peer understands the bytes sent to it",
                    "it does not");
            promises.require(
                    !peer.receivedEnd || peer.rest().length == 0 || !stops.isEmpty(),
                    "nothing is sent after the end of the stream",
                    peer.rest().length + " bytes");
            if (peer.ended()) {
                promises.happened(Fact.PEER_ENDED);
            }
            sayWhatWaits();
            flush();
            becomePlain();
        } finally {
            hearing = false;
        }
    }

    private int untilTls(int length) {
        Change change = peer instanceof Peer.Plain ? change() : null;
        return change == null
                ? length
                : Math.max(0, Math.min(length, change.until.getAsInt() - peer.understood.size()));
    }

    private void sayWhatWaits() {
        while (!unsent.isEmpty() && peer.ready() && !sentEnd && !fin) {
            unsent.remove(0).run();
        }
    }

    private void flush() {
        byte[] bytes = peer.take();
        if (!fin) {
            stage.socket.comes(bytes);
        }
    }

    /** It ends gracefully, as far as it can. */
    void end() {
        sayWhatWaits();
        unsent.clear();
        boolean goesOn = stopping() && !(peer instanceof Peer.Plain);
        promises.happened(endTls() ? Fact.PEER_ENDED : Fact.PEER_CUT);
        flush();
        if (!goesOn) {
            fin = true;
            stage.socket.endComes();
        } else {
            becomePlain();
        }
    }

    /** Whether a switch has changed nothing. */
    private static boolean refused(CompletableFuture<?> change) {
        Throwable failure = change.handle((done, thrown) -> thrown).getNow(null);
        return failure instanceof IllegalStateException;
    }

    private boolean stopping() {
        return stops.stream().anyMatch(OtherEnd::pending);
    }

    private static boolean pending(CompletableFuture<?> future) {
        return !future.isDone();
    }

    /** Answers the end of the TLS stream with its own, if the two have agreed on that. */
    private void stopTlsIfDue() {
        if (stopping() && peer.receivedEnd && !fin) {
            // The refusal of the switch may not be known yet; then it is the end of the stream
            boolean refused = !stage.state().equals("TO_PLAIN");
            boolean inOrder = endTls();
            if (refused) {
                promises.happened(inOrder ? Fact.PEER_ENDED : Fact.PEER_CUT);
            }
            flush();
            becomePlain();
        }
    }

    /** Returns whether the stream has ended as its protocol requires. */
    private boolean endTls() {
        if (!sentEnd) {
            sentEnd = true;
            ends = peer.end();
        }
        return ends;
    }

    /** After the ends of both TLS streams. */
    private void becomePlain() {
        boolean ended = peer.receivedEnd && (sentEnd || peer.ended());
        Connection on = stage.connection();
        boolean becomes = stage.state().equals("TO_PLAIN")
                || (!stops.isEmpty() && on != null && on.session().isEmpty());
        if (ended && becomes && !(peer instanceof Peer.Plain)) {
            sentEnd = false;
            Peer before = peer;
            peer = new Peer.Plain();
            peer.understood.writeBytes(before.understood.toByteArray());
            Change over = spoken;
            if (over != null) {
                spoken = null;
                // It may have been requested again as soon as the connection was plain
                starts.removeIf(change -> change.equals(over) || !pending(change.future));
            }
            peer.hear(before.rest());
        }
    }

    private void speakTls() {
        Change change = change();
        if (change != null
                && pending(change.future)
                && stage.state().equals("TO_TLS")
                && peer instanceof Peer.Plain
                && peer.understood.size() == change.until.getAsInt()
                && !fin) {
            Peer before = peer;
            peer = tlsPeer();
            spoken = change;
            peer.understood.writeBytes(before.understood.toByteArray());
            promises.plainEnds();
            flush();
        }
    }

    /**
     * Whether the peer's close_notify, or closing frame, has ended both directions (TLS 1.2), with no plaintext after
     * it.
     */
    boolean bothEnded() {
        Connection on = stage.connection();
        return program.peersTls() == PeersTls.TLS12
                && !(peer instanceof Peer.Plain)
                && promises.has(Fact.PEER_ENDED)
                && (stops.isEmpty() || on == null || on.session().isPresent());
    }

    /** Does something of its own accord. */
    void does(Verb verb, int amount) {
        switch (verb) {
            case PEER_TAKES -> stage.socket.takes(amount);
            case PEER_RESETS -> {
                promises.happened(Fact.PEER_RESET);
                fin = true;
                stage.socket.reset();
            }
            default -> {
                if (!fin) {
                    says(verb, amount);
                }
            }
        }
    }

    private void saysWhenItCan(Runnable what) {
        unsent.add(what);
        sayWhatWaits();
        flush();
    }

    /** Sends records without data, again and again. */
    private void repeat(int times, boolean pings) {
        boolean can = pings ? program.peersTls() != PeersTls.TLS12 : !(peer instanceof Peer.Plain);
        if (!can || peer.receivedEnd) {
            return;
        }
        if (pings && peer instanceof TlsPeer) {
            promises.floods(times);
        }
        for (int i = 0; i < times; i++) {
            if (pings) {
                peer.ping();
            } else {
                peer.sayNothing();
            }
        }
    }

    /** How many of the peer's pings were not answered. */
    int unanswered() {
        return peer.unanswered();
    }

    private void says(Verb verb, int amount) {
        switch (verb) {
            case PEER_SENDS -> {
                byte[] bytes = Bytes.of(promises.peerSent() + unsent.size() * 7, amount);
                saysWhenItCan(() -> {
                    promises.peerSent(bytes);
                    peer.say(bytes);
                });
            }
            case PEER_SPEAKS_TLS -> speakTls();
            case PEER_ENDS -> end();
            case PEER_CUTS -> {
                fin = true;
                boolean inOrder = peer instanceof Peer.Plain && !stage.state().equals("TO_TLS");
                promises.happened(inOrder ? Fact.PEER_ENDED : Fact.PEER_CUT);
                stage.socket.endComes();
            }
            case PEER_BABBLES -> {
                if (!sentEnd && !(peer instanceof Peer.Plain)) {
                    promises.happened(Fact.PEER_BABBLED);
                    promises.garbled |= peer instanceof FramesPeer;
                    stage.socket.comes(Bytes.of(3, amount));
                }
            }
            case PEER_PINGS -> saysWhenItCan(() -> repeat(1, true));
            case PEER_FLOODS -> saysWhenItCan(() -> repeat(amount, true));
            case PEER_SAYS_NOTHING -> saysWhenItCan(() -> repeat(amount, false));
            default -> throw new IllegalArgumentException(verb.name());
        }
    }
}
