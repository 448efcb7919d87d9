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
 * What is asked of a connection from outside of its turns: an inbox that raises a signal, how many bytes lie in it,
 * whether something may be written at the moment, and who waits for what becomes of the connection. From any thread,
 * but for what says otherwise.
 *
 * <p>It extends the inbox, as one would an atomic reference, because another object for each connection would cost 16
 * bytes.
 */
public final class Requests extends Inbox {
    /** Whether something that was asked for may be written, and if not, why. */
    public enum Verdict {
        ACCEPTED,
        /**
         * The filter changes, or has changed since it was asked for: it would leave on the wrong side of the change.
         */
        CHANGES,
        /** The output has ended, or was to end when it was asked for. */
        ENDED
    }

    // Why nothing more is accepted to be written; as many as hold.

    private static final int CHANGES = 1;
    private static final int END_ASKED = 1 << 1;
    private static final int CLOSE_ASKED = 1 << 2;

    /** The output has ended, or is about to, whoever wanted that. */
    private static final int ENDED = 1 << 3;

    private static final int REFUSALS = CHANGES | END_ASKED | CLOSE_ASKED | ENDED;

    /** What {@link #CHANGES} is about is TLS. */
    private static final int TO_TLS = 1 << 4;

    /** One write that was accepted, and that the strand has not seen. */
    private static final long ONE_WRITE = 1L << 5;

    /** From this bit on, how many changes have begun: what was written before one of them must not leave after it. */
    private static final long ONE_CHANGE = 1L << 40;

    private static final long WRITES = ONE_CHANGE - ONE_WRITE;

    private static final VarHandle POSTED = Fields.handle(MethodHandles.lookup(), Requests.class, "posted", long.class);
    private static final VarHandle STANDING =
            Fields.handle(MethodHandles.lookup(), Requests.class, "standing", long.class);

    private final Strand strand;

    /**
     * What other threads have written, and the strand has not seen: it counts from the moment at which it was accepted.
     */
    @SuppressWarnings("unused") // used by POSTED
    private volatile long posted;

    /**
     * The refusals that hold, above them how many writes lie here, and above that how many changes of the filter have
     * begun: what they say is true at the same moment, and a turn finds out in one look whether it may write at once.
     */
    @SuppressWarnings("unused") // used by STANDING
    private volatile long standing;

    /** Who waits for something of the connection, in their order; touched by the strand alone. */
    private @Nullable Set<Runnable> looks;

    public Requests(Strand strand) {
        this.strand = strand;
    }

    // Messages.

    /** Something to be done in a turn. */
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

    /** Has something done in a turn, behind what was asked for before. */
    public void tell(Runnable request) {
        send(new Request(request));
    }

    /** Has something done in a turn: now if this is one, otherwise behind what was asked for before. */
    public void inTurn(Runnable request) {
        if (strand.isCurrent()) {
            request.run();
        } else {
            tell(request);
        }
    }

    /** Has a message carried out in a turn, behind what was asked for before. */
    public void send(Message message) {
        add(message);
        strand.signal(Signal.MESSAGE);
    }

    /** The same, unless nothing is done any more; returns whether it will be. */
    public boolean tellInTime(Runnable request) {
        boolean inTime = addInTime(new Request(request));
        if (inTime) {
            strand.signal(Signal.MESSAGE);
        }
        return inTime;
    }

    // Bytes.

    /** Bytes were accepted that the strand has not seen yet; or, negative, it has. */
    public void post(long bytes) {
        var unused = (long) POSTED.getAndAdd(this, bytes);
    }

    /** How many bytes were accepted that the strand has not seen. */
    public long posted() {
        return posted;
    }

    /** A write with so many bytes was accepted, and will be sent here as a message. */
    public void accept(long bytes) {
        post(bytes);
        var unused = (long) STANDING.getAndAdd(this, ONE_WRITE);
    }

    /**
     * The same, unless something refuses it by now, or the filter has begun to change since then; returns whether it is
     * accepted.
     *
     * @param then how things stood when it was asked for
     */
    public boolean acceptInTime(long bytes, long then) {
        long now = standing;
        while (!refuses(now) && !changed(then, now)) {
            if (STANDING.compareAndSet(this, now, now + ONE_WRITE)) {
                post(bytes);
                return true;
            }
            now = standing;
        }
        return false;
    }

    private static boolean changed(long then, long now) {
        return ((now ^ then) & -ONE_CHANGE) != 0;
    }

    /**
     * In a turn: that message is here, and what is written from now on comes behind it. Its bytes count until they are
     * posted.
     */
    public void arrived() {
        var unused = (long) STANDING.getAndAdd(this, -ONE_WRITE);
    }

    // Whether something may be written, or the output ended, at the moment.

    /**
     * Whether this is a turn in which something may be written at once: nothing is refused, nor was any accepted that
     * it overtakes.
     */
    public boolean mayWriteNow() {
        return strand.isCurrent() && (standing & (ONE_CHANGE - 1)) == 0;
    }

    /** How things stand, for a write that is asked for now: the turn judges it by that. */
    public long standing() {
        return standing;
    }

    /** Whether nothing is accepted to be written, for whichever reason. */
    public static boolean refuses(long standing) {
        return (standing & REFUSALS) != 0;
    }

    /**
     * In a turn: whether something is to be written that was asked for before.
     *
     * @param then how things stood then
     */
    public Verdict verdict(long then) {
        boolean refused = refuses(then);
        if (outputEnded() || (refused && has(END_ASKED | CLOSE_ASKED))) {
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

    /** The output is to end. */
    public void askEnd() {
        var unused = add(END_ASKED);
    }

    /** The connection is to end. */
    public void askClose() {
        if (!has(CLOSE_ASKED)) {
            var unused = add(CLOSE_ASKED);
        }
    }

    public boolean closeAsked() {
        return has(CLOSE_ASKED);
    }

    /** In a turn: the output ends. */
    public void shutdownOutput() {
        if (!has(ENDED)) {
            var unused = add(ENDED);
        }
    }

    public boolean outputEnded() {
        return has(ENDED);
    }

    /** A change of the filter is asked for, to TLS or from it; returns whether no other one is. */
    public boolean askChange(boolean toTls) {
        boolean alone = (add(CHANGES) & CHANGES) == 0;
        if (alone && toTls) {
            var unused = add(TO_TLS);
        }
        return alone;
    }

    /** Whether a change to TLS is asked for, or under way. */
    public boolean changesToTls() {
        return has(TO_TLS);
    }

    /** In a turn: whether no write is on its way here, refused or not. */
    public boolean nothingArrives() {
        return (standing & WRITES) == 0;
    }

    /** In a turn: it begins. What was asked for before and comes from now on would leave on the wrong side of it. */
    public void changeBegins() {
        var unused = (long) STANDING.getAndAdd(this, ONE_CHANGE);
    }

    /** In a turn: it is over, or was none. */
    public void changeOver() {
        var unused = (long) STANDING.getAndBitwiseAnd(this, ~(long) (CHANGES | TO_TLS));
    }

    // Who waits. In a turn:

    /**
     * Has somebody look again when something has happened that may be waited for, as long as the future is wanted:
     * whoever gives up is forgotten.
     */
    public void wakeLater(CompletableFuture<?> future, Runnable look) {
        looks = looks == null ? new LinkedHashSet<>() : looks;
        looks.add(look);
        var unused = future.whenComplete((value, givenUp) -> {
            if (strand.isCurrent()) {
                forget(look);
            } else {
                tell(() -> forget(look));
            }
        });
    }

    private void forget(Runnable look) {
        if (looks != null) {
            looks.remove(look);
        }
    }

    /** Something has happened: everybody looks, and waits on if that is not what is waited for. */
    public void lookAgain(Consumer<Runnable> attempt) {
        Set<Runnable> all = looks;
        looks = null;
        if (all != null) {
            all.forEach(attempt);
        }
    }

    /** How many wait. */
    public int awaited() {
        return looks == null ? 0 : looks.size();
    }
}
