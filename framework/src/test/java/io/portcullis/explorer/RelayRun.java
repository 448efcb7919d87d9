// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.dispatch.ExploredRelay;
import io.portcullis.dispatch.ExploredSocket;
import io.portcullis.explorer.Model.Fact;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs one program of a relay, and compares what happens with the promises, step by step. It is also the owner. */
final class RelayRun implements ConnectionHandler {
    private final RelayProgram program;
    private final Coverage coverage;
    private final ExploredRelay relay;
    private final RelayPromises promises = new RelayPromises();
    private final World world;

    RelayRun(RelayProgram program, Coverage coverage, Bench bench) {
        this.program = program;
        this.coverage = coverage;
        relay = new ExploredRelay(program.start(), program.onExecutor(), bench.buffers());
        world = new World(bench, relay.around, promises, this::look);
    }

    /**
     * Runs it.
     *
     * @throws Violation if a promise is broken
     */
    void lead() {
        relay.begin(this);
        look();
        for (Step step : program.steps()) {
            coverage.visit(relay.state(), step.verb(), RelayProgram.VERBS);
            does(step);
            look();
        }
        world.rest();
        rests();
        endPeer();
        endTarget();
        world.rest();
        rests();
        world.passDeadlines(relay::over);
        relay.around.shutDown();
        List<String> left = relay.leftBehind();
        promises.require(left.isEmpty(), "nothing is left behind", left.toString());
        promises.ended(relay.reasonOfClient(), relay.reasonOfTarget(), relay.connected());
        promises.check();
    }

    private void look() {
        hear(promises.there, relay.target);
        // A client that is refused is notified of that
        if (relay.connected()) {
            hear(promises.back, relay.client);
        }
        promises.holds(relay.around.memory());
        List<String> defects = relay.around.defects();
        promises.require(
                defects.isEmpty(), "the machine has no defect, and uses its seams correctly", String.valueOf(defects));
        promises.check();
    }

    private static void hear(RelayPromises.Stream stream, ExploredSocket receiver) {
        stream.receive(receiver.sentFrom(stream.received()));
        if (receiver.outputEnded()) {
            stream.hearsEnd();
        }
    }

    /** Nothing moves any more, and both peers read everything. */
    private void rests() {
        if (relay.connected() && !promises.disturbed()) {
            promises.there.rests(relay.target.outputEnded());
            promises.back.rests(relay.client.outputEnded());
        }
        promises.require(
                !promises.has(Fact.ABORTED) || relay.reasonOfClient() != null,
                "an abort ends the connection at once",
                relay.state());
        promises.require(
                !mustBeOver() || relay.over(), "when one side has ended, both end without a deadline", relay.state());
        promises.check();
    }

    /**
     * A side that still reads notices a reset; it ends the other side like an abort, unless that is already being ended
     * gracefully.
     */
    private boolean mustBeOver() {
        boolean inOrder = promises.hasAny(Fact.CLOSED, Fact.SHUT_DOWN, Fact.TIME_PASSED);
        boolean peerReset = promises.has(Fact.PEER_RESET) && !promises.has(Fact.PEER_ENDED);
        boolean targetReset = promises.has(Fact.TARGET_RESET) && !promises.has(Fact.TARGET_ENDED);
        boolean brokenOff = promises.has(Fact.ABORTED) || (relay.connected() && (peerReset || targetReset));
        return (brokenOff && !inOrder) || (relay.answered() && promises.bothEnded());
    }

    private void does(Step step) {
        int amount = step.amount();
        switch (step.verb()) {
            case CLOSE, ABORT -> end(step);
            case DECIDE -> relay.decide();
            case READ_DONE -> relay.client.readDone();
            case WRITE_DONE -> relay.client.writeDone();
            case PEER_SENDS -> send(promises.there, Fact.PEER_ENDED, Fact.PEER_RESET, relay.client, amount);
            case PEER_TAKES -> relay.client.takes(amount);
            case PEER_ENDS -> endPeer();
            case PEER_RESETS -> reset(Fact.PEER_RESET, relay.client);
            default -> {
                if (!world.does(step.verb(), amount)) {
                    ofTarget(step.verb(), amount);
                }
            }
        }
    }

    private void ofTarget(Verb verb, int amount) {
        switch (verb) {
            case TARGET_CONNECTS -> relay.connects();
            case TARGET_REFUSES -> {
                if (relay.refuses()) {
                    promises.happened(Fact.TARGET_REFUSED);
                }
            }
            case TARGET_READ_DONE -> relay.target.readDone();
            case TARGET_WRITE_DONE -> relay.target.writeDone();
            case TARGET_SENDS -> send(promises.back, Fact.TARGET_ENDED, Fact.TARGET_RESET, relay.target, amount);
            case TARGET_TAKES -> relay.target.takes(amount);
            case TARGET_ENDS -> endTarget();
            case TARGET_RESETS -> reset(Fact.TARGET_RESET, relay.target);
            default -> throw new IllegalArgumentException(verb.name());
        }
    }

    private void send(RelayPromises.Stream stream, Fact end, Fact reset, ExploredSocket from, int amount) {
        if (!promises.hasAny(end, reset)) {
            from.comes(stream.says(amount));
        }
    }

    private void reset(Fact reset, ExploredSocket socket) {
        promises.happened(reset);
        socket.reset();
    }

    private void endPeer() {
        promises.happened(Fact.PEER_ENDED);
        relay.client.endComes();
    }

    private void endTarget() {
        promises.happened(Fact.TARGET_ENDED);
        relay.target.endComes();
    }

    /** Called by an observer of the server, which also has access to the connection. */
    private void end(Step step) {
        Connection on = relay.connection();
        if (on != null) {
            boolean aborts = step.verb() == Verb.ABORT;
            promises.happened(aborts ? Fact.ABORTED : Fact.CLOSED);
            world.call(step.from(), aborts ? on::abort : on::close);
        }
    }

    // The owner.

    private void tooMuch(String callback) {
        promises.broken("the owner is notified of the end, and of nothing else", callback);
    }

    @Override
    public void onOpen(Connection connection) {
        tooMuch("open");
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        tooMuch("data");
    }

    @Override
    public void onWritable(Connection connection) {
        tooMuch("writable");
    }

    @Override
    public void onDrain(Connection connection) {
        tooMuch("drain");
    }

    @Override
    public void onEndOfInput(Connection connection) {
        tooMuch("end");
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        promises.closed(reason);
    }
}
