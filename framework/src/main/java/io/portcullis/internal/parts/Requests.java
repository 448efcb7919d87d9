// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Strand;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests to a connection from outside its turns: an inbox that raises a signal, the number of bytes in it,
 * whether writes are accepted, and the futures that wait for events of the connection. Thread-safe unless stated
 * otherwise.
 *
 * <p>It extends the inbox because a separate object for each connection would cost 16 bytes.
 */
public final class Requests extends Inbox {
    /** Whether something requested earlier may be written, and if not, why. */
    public enum Verdict {
        ACCEPTED,
        /**
         * The filter is changing, or has changed since the request: the bytes would be sent on the wrong side of the
         * change.
         */
        CHANGES,
        /** The output has ended, or its end had been requested before. */
        ENDED
    }

    // The reasons for which writes are refused; any combination of them

    private static final int CHANGES = 1;
    private static final int END_REQUESTED = 1 << 1;
    private static final int CLOSE_REQUESTED = 1 << 2;

    /** The output has ended or is about to, for any reason. */
    private static final int ENDED = 1 << 3;

    private static final int REFUSALS = CHANGES | END_REQUESTED | CLOSE_REQUESTED | ENDED;

    /** The change in {@link #CHANGES} is one to TLS. */
    private static final int TO_TLS = 1 << 4;

    /** One write that the strand has not processed. */
    private static final long ONE_WRITE = 1L << 5;

    /** The bits from this one on count the changes: what was written before one must not be sent after it. */
    private static final long ONE_CHANGE = 1L << 40;

    private static final long WRITES = ONE_CHANGE - ONE_WRITE;

    private static final VarHandle POSTED = Fields.handle(MethodHandles.lookup(), Requests.class, "posted", long.class);
    private static final VarHandle STANDING =
            Fields.handle(MethodHandles.lookup(), Requests.class, "standing", long.class);

    private final Strand strand;

    /** Bytes written by other threads that the strand has not processed; they count from the moment of acceptance. */
    @SuppressWarnings("unused") // used by POSTED
    private volatile long posted;

    /**
     * The reasons for refusal, above them the number of unprocessed writes, and above that the number of changes of the
     * filter. All are consistent with each other, and a turn needs one read to determine whether it may write at once.
     */
    @SuppressWarnings("unused") // used by STANDING
    private volatile long standing;

    /** The callbacks that wait for an event, in order; confined to the strand. */
    private @Nullable Set<Runnable> looks;

    public Requests(Strand strand) {
        this.strand = strand;
    }

    // Messages

    /** A request to be run in a turn. */
    private static final class Request extends Message {
        private final Runnable request;

        Request(Runnable request) {
            this.request = request;
        }

        @Override
        public void run() {
            request.run();
        }
    }

    /** Runs a request in a turn, after all earlier ones. */
    public void enqueue(Runnable request) {
        send(new Request(request));
    }

    /** Runs a request in a turn: immediately if called in one, otherwise after all earlier ones. */
    public void inTurn(Runnable request) {
        if (strand.isCurrent()) {
            request.run();
        } else {
            enqueue(request);
        }
    }

    /** Runs a message in a turn, after all earlier ones. */
    public void send(Message message) {
        add(message);
        strand.signal(Signal.MESSAGE);
    }

    /** Runs a request in a turn, unless the connection is over; returns whether it will run. */
    public boolean tryEnqueue(Runnable request) {
        boolean inTime = addInTime(new Request(request));
        if (inTime) {
            strand.signal(Signal.MESSAGE);
        }
        return inTime;
    }

    // Bytes

    /** Counts bytes that were accepted and that the strand has not processed; negative when it has. */
    public void post(long bytes) {
        var unused = (long) POSTED.getAndAdd(this, bytes);
    }

    /** Returns the number of bytes that were accepted and that the strand has not processed. */
    public long posted() {
        return posted;
    }

    /** Counts a write, accepted or not, that is about to be sent as a message. */
    public void accept(long bytes) {
        post(bytes);
        var unused = (long) STANDING.getAndAdd(this, ONE_WRITE);
    }

    private static boolean changed(long then, long now) {
        return ((now ^ then) & -ONE_CHANGE) != 0;
    }

    /**
     * Called in a turn when the message of a write has arrived; later writes are queued after it. Its bytes count until
     * they are {@linkplain #post posted}.
     */
    public void arrived() {
        var unused = (long) STANDING.getAndAdd(this, -ONE_WRITE);
    }

    // Whether something may be written, or the output ended, now

    /**
     * Returns whether this is a turn in which something may be written at once: writes are not refused, and no accepted
     * one would be overtaken.
     */
    public boolean mayWriteNow() {
        return strand.isCurrent() && (standing & (ONE_CHANGE - 1)) == 0;
    }

    /** Returns the current state, by which the turn later judges a write requested now. */
    public long standing() {
        return standing;
    }

    /**
     * Returns whether writes are still accepted, and the filter has not begun to change since then.
     *
     * @param then the {@link #standing} at that time
     */
    public boolean standsAs(long then) {
        long now = standing;
        return !refuses(now) && !changed(then, now);
    }

    /** Returns whether writes are refused, for any reason. */
    public static boolean refuses(long standing) {
        return (standing & REFUSALS) != 0;
    }

    /**
     * Returns, in a turn, whether something requested earlier may be written.
     *
     * @param then the state at the time of the request
     */
    public Verdict verdict(long then) {
        boolean refused = refuses(then);
        if (outputEnded() || (refused && has(END_REQUESTED | CLOSE_REQUESTED))) {
            return Verdict.ENDED;
        }
        return refused || changed(then, standing) ? Verdict.CHANGES : Verdict.ACCEPTED;
    }

    private boolean has(int one) {
        return (standing & one) != 0;
    }

    private long add(long one) {
        return (long) STANDING.getAndBitwiseOr(this, one);
    }

    /** Requests the end of the output. */
    public void requestEnd() {
        var unused = add(END_REQUESTED);
    }

    /** Requests the end of the connection. */
    public void requestClose() {
        if (!has(CLOSE_REQUESTED)) {
            var unused = add(CLOSE_REQUESTED);
        }
    }

    /**
     * Requests the end of the connection, by an action that runs in a turn behind everything that was written before;
     * from now on writes are refused.
     */
    public void closeBehindWrites(Runnable close) {
        requestClose();
        enqueue(close);
    }

    public boolean closeRequested() {
        return has(CLOSE_REQUESTED);
    }

    /** Ends the output. Called in a turn. */
    public void shutdownOutput() {
        if (!has(ENDED)) {
            var unused = add(ENDED);
        }
    }

    public boolean outputEnded() {
        return has(ENDED);
    }

    /** Requests a change of the filter, to or from TLS; returns false if another one has been requested. */
    public boolean requestChange(boolean toTls) {
        boolean alone = (add(CHANGES) & CHANGES) == 0;
        if (alone && toTls) {
            var unused = add(TO_TLS);
        }
        return alone;
    }

    /** Returns whether a change to TLS is requested or under way. */
    public boolean changesToTls() {
        return has(TO_TLS);
    }

    /** Returns, in a turn, whether no write is on its way to the strand, refused or not. */
    public boolean nothingArrives() {
        return (standing & WRITES) == 0;
    }

    /** Begins the change, in a turn. Earlier requests that arrive from now on would be on the wrong side of it. */
    public void changeBegins() {
        var unused = (long) STANDING.getAndAdd(this, ONE_CHANGE);
    }

    /** Ends the change, in a turn, whether or not it took place. */
    public void changeOver() {
        var unused = (long) STANDING.getAndBitwiseAnd(this, ~(long) (CHANGES | TO_TLS));
    }

    // Waiting; the methods below are called in a turn

    /**
     * Registers a callback that is run once, after the next event that it may be waiting for, unless the future is done
     * by then. The callback of a cancelled future is removed.
     */
    public void wakeLater(CompletableFuture<?> future, Runnable look) {
        looks = looks == null ? new LinkedHashSet<>() : looks;
        looks.add(look);
        var unused = future.whenComplete((value, givenUp) -> {
            if (strand.isCurrent()) {
                forget(look);
            } else {
                enqueue(() -> forget(look));
            }
        });
    }

    private void forget(Runnable look) {
        if (looks != null) {
            looks.remove(look);
        }
    }

    /** Removes and runs all callbacks after an event; a callback whose condition is not met registers again. */
    public void lookAgain(Consumer<Runnable> attempt) {
        Set<Runnable> all = looks;
        looks = null;
        if (all != null) {
            all.forEach(attempt);
        }
    }

    /** Returns the number of registered callbacks. */
    public int awaited() {
        return looks == null ? 0 : looks.size();
    }
}
