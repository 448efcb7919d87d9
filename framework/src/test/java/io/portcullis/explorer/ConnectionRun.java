// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.ProtocolViolationException;
import io.portcullis.dispatch.ExploredConnection;
import io.portcullis.explorer.ConnectionProgram.PeersTls;
import io.portcullis.explorer.Model.Fact;
import io.portcullis.explorer.Step.From;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs one program, and compares what happens with the promises, step by step. */
final class ConnectionRun implements ConnectionHandler {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();

    private final ConnectionProgram program;
    private final Coverage coverage;
    private final ExploredConnection stage;
    private final Promises promises = new Promises();
    private final World world;
    private final OtherEnd other;
    private final Calls calls;
    private final Deque<List<Step>> answers;
    private final Deque<Step> then;
    private @Nullable Connection connection;

    /** The buffer that is lent at the moment. */
    private @Nullable ByteBuffer lent;

    ConnectionRun(ConnectionProgram program, Coverage coverage, Bench bench) {
        this.program = program;
        this.coverage = coverage;
        this.answers = new ArrayDeque<>(program.answers());
        this.then = new ArrayDeque<>(program.then());
        int[] limits = {program.low(), program.high(), program.unread()};
        boolean closesBoth = program.peersTls() == PeersTls.TLS12;
        stage = new ExploredConnection(
                program.start(), closesBoth, program.onExecutor(), limits, PROFILE, bench.buffers());
        world = new World(bench, stage.around, promises, this::goOn);
        other = new OtherEnd(program, stage, promises);
        calls = new Calls(
                stage, other, promises, PROFILE, callback -> within(callback, null), this::futureDone, this::passOn);
    }

    /**
     * Runs it.
     *
     * @throws Violation if a promise is broken
     */
    void lead() {
        stage.begin(this);
        afterStep();
        for (Step step : program.steps()) {
            visit(step);
            outside(step);
            afterStep();
        }
        world.rest();
        if (promises.reason == null) {
            promises.resumes();
            outside(new Step(Verb.RESUME, 0));
            world.rest();
            restsOpen();
            waitsForNothing();
        }
        endIt();
        promises.require(stage.leftBehind().isEmpty(), "nothing is left behind", String.valueOf(stage.leftBehind()));
        promises.ended(other.understood(), other.sentTheEnd());
        promises.check();
    }

    private void goOn() {
        afterStep();
        other.goOn();
    }

    private void restsOpen() {
        Connection open = connection;
        boolean undisturbed = !promises.has(Fact.PEER_BABBLED)
                && !promises.has(Fact.PEER_CUT)
                && !promises.has(Fact.PEER_RESET)
                && !promises.has(Fact.CLOSED)
                && !other.bothEnded();
        if (open != null
                && undisturbed
                && promises.opened()
                && (stage.state().equals("OPEN") || stage.state().equals("SENDING"))) {
            promises.restsOpen(other.understood(), open.pendingBytes(), other.finished());
            promises.require(
                    other.unanswered() == 0 || promises.has(Fact.OUTPUT_ENDED),
                    "each ping is answered",
                    other.unanswered() + " are not");
            promises.require(
                    !promises.has(Fact.OUTPUT_ENDED) || other.sentTheEnd() || promises.has(Fact.UPGRADED),
                    "the end of the output is reported",
                    "it is not");
        }
        promises.check();
    }

    /** Nothing moves any more, and the peer has done its part: any operation still pending would need a deadline. */
    private void waitsForNothing() {
        boolean disturbed = promises.has(Fact.PEER_BABBLED) || promises.has(Fact.PEER_CUT);
        if (promises.reason == null && !disturbed) {
            promises.require(
                    !stage.waitsForUs(other.finished(), other.finished() && promises.has(Fact.OUTPUT_ENDED)),
                    "operations for which the peer has done its part complete without a deadline",
                    stage.state() + " forever");
        }
        promises.check();
    }

    /** The peer ends gracefully, and all deadlines pass. */
    private void endIt() {
        if (!other.finished()) {
            other.end();
            afterStep();
        }
        world.rest();
        waitsForNothing();
        world.passDeadlines(() -> promises.reason != null);
    }

    private void visit(Step step) {
        coverage.visit(stage.state(), step.verb(), ConnectionProgram.VERBS);
    }

    private void afterStep() {
        other.hear();
        promises.holds(stage.around.memory());
        List<String> defects = stage.defects();
        promises.require(
                defects.isEmpty(), "the machine has no defect, and uses its seams correctly", String.valueOf(defects));
        promises.check();
    }

    // From outside.

    private void outside(Step step) {
        if (step.verb().actor == Verb.Actor.WORLD) {
            outside(step.verb(), step.amount());
        } else {
            // An operation that waits for a turn comes before one that is requested now
            stage.around.turns();
            act(step);
        }
    }

    private void outside(Verb verb, int amount) {
        switch (verb) {
            case READ_DONE -> stage.socket.readDone();
            case WRITE_DONE -> stage.socket.writeDone();
            case DECIDE -> stage.decide();
            case DECIDE_AGAINST, FAIL_TO_DECIDE -> decideAgainst(verb == Verb.FAIL_TO_DECIDE);
            default -> {
                if (!world.does(verb, amount)) {
                    other.does(verb, amount);
                }
            }
        }
    }

    private void decideAgainst(boolean byFailure) {
        // Earlier events may end it first
        stage.around.turns();
        boolean first = promises.undisturbed();
        if (stage.decideAgainst(byFailure)) {
            promises.refusedByTheGate(first);
        }
    }

    // Calls that any code with access to the connection may make.

    private void act(Step step) {
        Connection on = connection == null ? stage.connection() : connection;
        if (on == null) {
            return;
        }
        Runnable call = () -> {
            try {
                calls.call(on, step);
            } catch (Told told) {
                throw told;
            } catch (Throwable thrown) {
                promises.broken("no call throws", step + " threw " + thrown);
            }
        };
        world.call(step.from(), step.from() == From.HERE ? call : byOthers(call));
    }

    /** A future has completed; the following calls are not made in a callback of the connection. */
    private void futureDone() {
        if (!promises.inside()) {
            Step step = then.poll();
            if (step != null) {
                visit(step);
                act(step);
            }
        }
    }

    private Runnable byOthers(Runnable call) {
        return promises.inside() ? () -> promises.elsewhere(call) : call;
    }

    /** An exception that the handler throws on purpose. */
    private static final class Told extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    // The handlers.

    /** The handler of the connection at the moment; this is the first one. */
    private ConnectionHandler current = this;

    /** The number of times that the connection is kept although it is idle. */
    private int keeps = 2;

    private void passOn(Connection on) {
        try {
            on.handler(new Next());
        } catch (IllegalStateException early) {
            promises.require(!promises.opened(), "an open connection is passed on", String.valueOf(early));
        }
    }

    /** A handler that the connection is passed on to; it does what the program defines next. */
    private final class Next implements ConnectionHandler {
        @Override
        public void onOpen(Connection opened) {
            promises.passedOn();
            current = this;
        }

        private ConnectionRun run() {
            ConnectionRun.this.requireCurrent(this);
            return ConnectionRun.this;
        }

        @Override
        public void onSecured(Connection secured) {
            run().secured();
        }

        @Override
        public void onData(Connection from, ByteBuffer data) {
            run().data(from, data);
        }

        @Override
        public void onWritable(Connection from) {
            run().writable();
        }

        @Override
        public boolean onIdle(Connection from, Idle idle) {
            return run().idle();
        }

        @Override
        public void onDrain(Connection from) {
            run().drain();
        }

        @Override
        public void onEndOfInput(Connection from) {
            run().endOfInput();
        }

        @Override
        public void onClose(Connection from, CloseReason why, @Nullable Throwable cause) {
            run().closed(from, why);
        }
    }

    private void requireCurrent(ConnectionHandler called) {
        promises.require(called.equals(current), "a handler that was replaced is not called any more", "it was");
    }

    private void within(String callback, @Nullable ByteBuffer data) {
        if (callback.startsWith("late")) {
            promises.enterBehindTheEnd(callback);
        } else {
            promises.enter(callback);
        }
        ByteBuffer before = lent;
        lent = data;
        try {
            List<Step> answer = answers.poll();
            if (answer == null) {
                answer = byDefault(callback);
            }
            answer.forEach(step -> {
                visit(step);
                inside(step);
            });
        } finally {
            lent = before;
            promises.leave();
        }
    }

    private static List<Step> byDefault(String callback) {
        return switch (callback) {
            case "data" -> List.of(new Step(Verb.TAKE, Integer.MAX_VALUE));
            case "end", "drain" -> List.of(new Step(Verb.CLOSE, 0));
            default -> List.of();
        };
    }

    private void inside(Step step) {
        ByteBuffer data = lent;
        switch (step.verb()) {
            case TAKE -> {
                if (data != null) {
                    take(data, step.amount());
                }
            }
            case ECHO -> {
                if (data != null && connection != null) {
                    ByteBuffer part = part(data, step.amount());
                    int length = part.remaining();
                    if (calls.write(connection, part)) {
                        take(data, length);
                    }
                }
            }
            case SEND_LENT -> {
                if (data != null && connection != null) {
                    sendLent(connection, data, step.amount());
                }
            }
            case CLEAR_LENT -> {
                if (data != null) {
                    promises.happened(Fact.TOUCHED);
                    data.clear();
                }
            }
            case FAIL -> {
                promises.happened(Fact.FAILED);
                throw new Told();
            }
            case BLAME_THE_PEER -> {
                promises.happened(Fact.BLAMED);
                throw new ProtocolViolationException("thrown by the program");
            }
            case BLAME_WITH_REPLY -> throw violation(step.amount());
            default -> act(step);
        }
    }

    private ProtocolViolationException violation(int lengthOfReply) {
        byte[] reply = Bytes.of(promises.acceptedBytes() + 1, lengthOfReply);
        promises.happened(Fact.BLAMED);
        promises.replies(reply);
        return new ProtocolViolationException("thrown by the program", reply);
    }

    private static ByteBuffer part(ByteBuffer data, int amount) {
        return data.slice(data.position(), Math.min(amount, data.remaining()));
    }

    /** A slice of the buffer, or the buffer itself. */
    private void sendLent(Connection on, ByteBuffer data, int amount) {
        if (amount >= data.remaining()) {
            calls.send(on, data, true);
        } else {
            calls.send(on, part(data, amount), true);
            take(data, amount);
        }
    }

    private static void take(ByteBuffer data, int amount) {
        data.position(data.position() + Math.min(amount, data.remaining()));
    }

    @Override
    public void onOpen(Connection opened) {
        connection = opened;
        within("open", null);
    }

    @Override
    public void onSecured(Connection secured) {
        requireCurrent(this);
        secured();
    }

    private void secured() {
        promises.require(promises.has(Fact.UPGRADED), "onSecured is called for upgrades only", "there was none");
        within("secured", null);
    }

    @Override
    public void onData(Connection from, ByteBuffer data) {
        requireCurrent(this);
        data(from, data);
    }

    private void data(Connection from, ByteBuffer data) {
        promises.presented(data, from.session().isPresent());
        int begin = data.position();
        int end = data.limit();
        try {
            within("data", data);
        } finally {
            int taken = Math.min(Math.max(begin, data.position()), end) - begin;
            promises.took(taken);
            promises.left(end - begin - taken, program.unread());
        }
    }

    @Override
    public void onWritable(Connection from) {
        requireCurrent(this);
        writable();
    }

    private void writable() {
        promises.hasRoom();
        within("writable", null);
    }

    @Override
    public boolean onIdle(Connection from, Idle idle) {
        requireCurrent(this);
        return idle();
    }

    private boolean idle() {
        promises.require(promises.has(Fact.TIME_PASSED), "onIdle is called after the idle time only", "it was not");
        within("idle", null);
        return keeps-- > 0;
    }

    @Override
    public void onDrain(Connection from) {
        requireCurrent(this);
        drain();
    }

    private void drain() {
        promises.drainTold();
        within("drain", null);
    }

    @Override
    public void onEndOfInput(Connection from) {
        requireCurrent(this);
        endOfInput();
    }

    private void endOfInput() {
        promises.endTold();
        within("end", null);
    }

    @Override
    public void onClose(Connection from, CloseReason why, @Nullable Throwable cause) {
        requireCurrent(this);
        closed(from, why);
    }

    private void closed(Connection from, CloseReason why) {
        connection = from;
        try {
            within("close", null);
        } finally {
            promises.reason = why;
        }
    }
}
