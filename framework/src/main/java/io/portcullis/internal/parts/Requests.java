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
 * What is asked of a connection from outside of its turns: an inbox that raises a signal, how many bytes lie in it, whether it still
 * accepts any, and who waits for what becomes of it.
 * From any thread, but for what says otherwise.
 */
public final class Requests extends Inbox {
    // Why nothing more is accepted to be written; as many as hold.

    /** Its filter changes: what is written now would leave on the wrong side of the change. */
    private static final int CHANGES = 1;

    private static final int END_ASKED = 1 << 1;
    private static final int CLOSE_ASKED = 1 << 2;

    /** The output has ended, or is about to, whoever wanted that. */
    private static final int ENDED = 1 << 3;

    private static final int ANY = CHANGES | END_ASKED | CLOSE_ASKED | ENDED;

    /** One write that was accepted, and that the strand has not seen. */
    private static final int ACCEPTED = 1 << 4;

    private static final VarHandle POSTED = Fields.handle(MethodHandles.lookup(), Requests.class, "posted", long.class);
    private static final VarHandle REFUSALS =
            Fields.handle(MethodHandles.lookup(), Requests.class, "refusals", int.class);

    private final Strand strand;

    /** What other threads have written, and the strand has not seen: it counts from the moment at which it was accepted. */
    @SuppressWarnings("unused") // used by POSTED
    private volatile long posted;

    /** Above the reasons, how many writes lie in the inbox; so a turn finds out in one look whether it may write at once. */
    @SuppressWarnings("unused") // used by REFUSALS
    private volatile int refusals;

    /** How many changes of the filter have begun: what was written before one of them must not leave after it. */
    private volatile int changes;

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

    /** The same, for what is a message already. */
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
        var unused = (int) REFUSALS.getAndAdd(this, ACCEPTED);
    }

    /** In a turn: that message is here, and what is written from now on comes behind it. Its bytes count until they are posted. */
    public void arrived() {
        var unused = (int) REFUSALS.getAndAdd(this, -ACCEPTED);
    }

    /** In a turn: whether nothing refuses a write, nor was any accepted that it would overtake. */
    public boolean mayWriteNow() {
        return refusals == 0;
    }

    // Whether something may be written.

    /** Whether nothing is accepted to be written, for whichever reason. */
    public boolean refuseWrites() {
        return has(ANY);
    }

    private boolean has(int refusal) {
        return (refusals & refusal) != 0;
    }

    private int add(int refusal) {
        return (int) REFUSALS.getAndBitwiseOr(this, refusal);
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
        return (refusals & CLOSE_ASKED) != 0;
    }

    /** Whether the output, or all, was asked to end. */
    public boolean endAsked() {
        return has(END_ASKED | CLOSE_ASKED);
    }

    /** In a turn: the output ends. */
    public void endOutput() {
        if (!has(ENDED)) {
            var unused = add(ENDED);
        }
    }

    public boolean outputEnded() {
        return has(ENDED);
    }

    /** A change of the filter is asked for; returns whether no other one is. */
    public boolean askChange() {
        return (add(CHANGES) & CHANGES) == 0;
    }

    /** In a turn: it begins. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the strand alone
    public void changeBegins() {
        changes++;
    }

    /** In a turn: it is over, or was none. */
    public void changeOver() {
        var unused = (int) REFUSALS.getAndBitwiseAnd(this, ~CHANGES);
    }

    public int changes() {
        return changes;
    }

    // Who waits. In a turn:

    /**
     * Has somebody look again when something has happened that may be waited for, as long as the future is wanted: whoever gives up
     * is forgotten.
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
