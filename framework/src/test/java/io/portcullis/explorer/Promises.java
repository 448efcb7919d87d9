// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.CloseReason;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The model: what a connection has promised to its two sides, and the resulting obligations. It knows two streams of
 * bytes, the callbacks in their order, and the events that may end a connection; nothing about the implementation.
 */
final class Promises extends Model {
    /** The number of records without data that are tolerated. */
    private static final int LET_PASS = 32;

    /** The number of further records for which data may be credit. */
    private static final int MOST_PAID = 1024;

    /** The memory that suffices for any connection, in addition to written and unread bytes. */
    private static final int ENOUGH = 512 * 1024;

    /** One write. */
    static final class Piece {
        final byte[] bytes;

        /** Whether it was written after the end; then it fails after the end, too. */
        final boolean late;

        /** Whether nothing had happened that may keep it from being sent. */
        final boolean safe;

        boolean reported;

        /**
         * Whether it was written while a callback ran, but not by it: it has no defined place among the callback's
         * writes.
         */
        boolean fromElsewhere;

        /**
         * Whether the call that writes it has not returned its future, which reports how it ends, or has just returned
         * it.
         */
        boolean inCall;

        Piece(byte[] bytes, boolean late, boolean safe) {
            this.bytes = bytes;
            this.late = late;
            this.safe = safe;
        }
    }

    /** In the order in which they must arrive. */
    private final List<Piece> accepted = new ArrayList<>();

    /** The reply to a violation; it need not arrive. */
    private @Nullable Piece reply;

    /** The number of pieces accepted before the reply. */
    private int beforeReply;

    /** Those of them that need not arrive. */
    private final Set<Piece> notSent = new HashSet<>();

    /** Those whose completion has not been reported, in the order of the calls. */
    private final List<Piece> awaited = new ArrayList<>();

    /** The bytes that the peer has sent. */
    private final Octets peerSent = new Octets();

    private final List<CompletableFuture<?>> futures = new ArrayList<>();
    private final List<String> callbacks = new ArrayList<>();
    private int taken;
    private int presented;

    /** The number of bytes presented to the current handler, or taken by an earlier one. */
    private int presentedToThis;

    /**
     * The number of bytes that had been presented when the memory was last checked, and were left unread since more
     * arrived.
     */
    private int presentedBefore;

    private int unreadBefore;

    /** The number of bytes that were unread when the handler was resumed, and have not been presented again. */
    private int unread;

    /** The number of bytes received by the peer that are known to be the written ones, in order. */
    private int agreed;

    private int plainOnly;
    private int tasksAccepted;
    private int tasksRun;
    private boolean inside;
    private boolean elsewhere;
    private boolean anyFailed;
    private boolean refusedFirst;
    private boolean anyFromElsewhere;
    private boolean endTold;
    private boolean drainTold;
    private int nothings;

    /** The maximum number of records without data that the peer has sent in a row. */
    private int longestFlood;

    /** Whether the peer's bytes may contain damaged ones: frames have no checksum. */
    boolean garbled;

    /** Whether writable() returned false, and onWritable was not called since. */
    private boolean awaitsRoom;

    @Nullable
    CloseReason reason;

    @Override
    String history() {
        return "callbacks: " + callbacks;
    }

    /**
     * The decision has refused it.
     *
     * @param first whether nothing had happened before that may have ended it
     */
    void refusedByTheGate(boolean first) {
        happened(Fact.REFUSED);
        refusedFirst = first;
    }

    // Callbacks.

    void enter(String callback) {
        require(reason == null, "nothing is called after onClose", callback);
        enterBehindTheEnd(callback);
    }

    /** The same for what may be reported after the end. */
    void enterBehindTheEnd(String callback) {
        require(!inside, "callbacks never overlap", callback);
        boolean opens = callback.equals("open");
        boolean opened = callbacks.contains("open");
        require(!opens || !opened, "onOpen is called once", callback);
        require(
                opens
                        || opened
                        || callback.equals("close")
                        || callback.equals("task")
                        || callback.endsWith("completion"),
                "nothing is called before onOpen",
                callback);
        callbacks.add(callback);
        inside = true;
    }

    void leave() {
        inside = false;
    }

    boolean inside() {
        return inside;
    }

    /** The following calls are made by other threads while a callback runs. */
    void elsewhere(Runnable call) {
        elsewhere = true;
        try {
            call.run();
        } finally {
            elsewhere = false;
        }
    }

    boolean opened() {
        return callbacks.contains("open");
    }

    // Input.

    void peerSent(byte[] bytes) {
        peerSent.writeBytes(bytes);
    }

    int peerSent() {
        return peerSent.size();
    }

    /** The peer sends this many records without data under TLS. */
    void floods(int times) {
        nothings += times;
        if (nothings > LET_PASS) {
            happened(Fact.PEER_FLOODED);
        }
        longestFlood = Math.max(longestFlood, times);
    }

    /** Written bytes may be credit for records that were sent before and not read. */
    private void requireNoFlood() {
        boolean nothingPaid = peerSent() == 0 && acceptedBytes() == 0;
        boolean letPass = longestFlood <= LET_PASS + (nothingPaid ? 0 : MOST_PAID);
        require(letPass, "nothing is read after a flood", nothings + " records carried nothing");
    }

    /**
     * The connection holds this much memory, and must have a reason for it. A read that is pending after unread bytes
     * keeps their buffer, even when they are consumed, until it completes.
     */
    void holds(long memory) {
        int unreadNow = presented - taken;
        long reasons = ENOUGH + 2L * acceptedBytes() + 2L * Math.max(unreadNow, unreadBefore);
        unreadBefore = presented == presentedBefore ? Math.max(unreadNow, unreadBefore) : unreadNow;
        presentedBefore = presented;
        require(memory <= reasons, "a connection holds no memory without a reason", memory + " of " + reasons);
    }

    /** The bytes sent so far were sent in plaintext, and must not be taken for anything else. */
    void plainEnds() {
        plainOnly = peerSent.size();
    }

    void presented(ByteBuffer data, boolean secure) {
        int length = data.remaining();
        require(length > 0, "onData is never called without bytes", "");
        require(!endTold, "nothing is presented after the end of the input", length + " bytes");
        require(!secure || taken >= plainOnly, "plaintext is not presented under TLS", taken + " of " + plainOnly);
        require(
                garbled || peerSent.has(data, taken),
                "the bytes presented are those that the peer has sent",
                length + " bytes at " + taken);
        presented = Math.max(presented, taken + length);
        presentedToThis = taken + length;
        unread = 0;
    }

    /** From outside the callback that leaves bytes unread. */
    void resumes() {
        unread = endTold ? 0 : presented - taken;
    }

    void took(int count) {
        taken += count;
    }

    void left(int count, int limit) {
        if (count > limit) {
            happened(Fact.LEFT_UNREAD);
        }
    }

    /** The next handler receives what was left unread, and the end of the input. */
    void passedOn() {
        require(opened(), "a connection is passed on when it is open", "before");
        endTold = false;
        drainTold = false;
        presentedToThis = 0;
    }

    void endTold() {
        require(!endTold, "the end of the input is reported to each handler once", "");
        endTold = true;
        requireNoFlood();
        require(
                has(Fact.PEER_ENDED),
                "the end of the input is reported only if the peer has ended its stream gracefully",
                "it has not");
        require(
                garbled || Math.max(presentedToThis, taken) == peerSent.size(),
                "everything is presented before the end of the input",
                Math.max(presentedToThis, taken) + " of " + peerSent.size());
    }

    void drainTold() {
        require(has(Fact.DRAINED), "onDrain is called for drains only", "there was none");
        require(!drainTold, "the drain is reported to each handler once", "");
        drainTold = true;
    }

    // Output.

    Piece writes(byte[] bytes, boolean behindTheEnd) {
        Piece piece = new Piece(bytes, behindTheEnd, undisturbed() && !behindTheEnd);
        piece.fromElsewhere = elsewhere;
        anyFromElsewhere |= elsewhere;
        accepted.add(piece);
        if (behindTheEnd) {
            notSent.add(piece);
        }
        return piece;
    }

    /** A handler blames the peer; only the first reply can be sent. */
    void replies(byte[] bytes) {
        happened(Fact.REPLIED);
        if (reply == null) {
            reply = new Piece(bytes, true, false);
            beforeReply = writtenElsewhere(false).size();
        }
    }

    void refused(Piece piece) {
        accepted.remove(piece);
        agreed = 0;
    }

    void awaits(Piece piece) {
        awaited.add(piece);
    }

    void completed(Piece piece) {
        tell(piece);
        // No result can be known before the call returns, and other writes may have failed by then
        require(!anyFailed || piece.inCall, "no write succeeds after one that has failed", "");
    }

    /** A write has failed. */
    void failed(Piece piece, boolean onlyRefused) {
        tell(piece);
        anyFailed |= !onlyRefused;
        if (onlyRefused) {
            refused(piece);
        } else if (!piece.safe) {
            notSent.add(piece);
        }
    }

    private void tell(Piece piece) {
        require(!piece.reported, "a completion is called once", "");
        require(
                awaited.stream()
                        .filter(each -> each.fromElsewhere == piece.fromElsewhere)
                        .filter(each -> each.equals(piece) || !each.inCall)
                        .findFirst()
                        .filter(piece::equals)
                        .isPresent(),
                "completions come in the order of the writes",
                "number " + awaited.indexOf(piece) + " came first");
        piece.reported = true;
        awaited.remove(piece);
    }

    int acceptedBytes() {
        int ofReply = reply == null ? 0 : reply.bytes.length;
        return ofReply + accepted.stream().mapToInt(piece -> piece.bytes.length).sum();
    }

    /** The number of bytes accepted so far, without those that turn out to have been refused. */
    IntSupplier acceptedUntilNow() {
        List<Piece> until = List.copyOf(accepted);
        return () -> until.stream()
                .filter(piece -> accepted.contains(piece) && !notSent.contains(piece))
                .mapToInt(piece -> piece.bytes.length)
                .sum();
    }

    /** Whether the peer has received everything that it must. */
    private void requireAll(int understood, String promise) {
        int due = accepted.stream()
                .filter(piece -> !notSent.contains(piece))
                .mapToInt(piece -> piece.bytes.length)
                .sum();
        require(understood >= due, promise, understood + " of " + due);
    }

    /** The bytes that the peer has received must be a prefix of those written. */
    void peerReceived(Octets understood) {
        List<Piece> own = writtenElsewhere(false);
        List<Piece> others = writtenElsewhere(true);
        boolean oneOrder = others.isEmpty() && !has(Fact.UPGRADED);
        agreed = oneOrder ? agreed : 0;
        if (mayBe(understood, 0, own, others) || mayEndWithReply(understood, own, others)) {
            agreed = oneOrder ? understood.size() : 0;
        } else {
            broken(
                    "the peer receives the bytes that were written",
                    understood.size() + " bytes, of pieces of "
                            + accepted.stream().map(piece -> piece.bytes.length).toList());
        }
    }

    /**
     * Whether bytes are what was written and the reply; nothing comes behind it, but some may be accepted meanwhile.
     */
    private boolean mayEndWithReply(Octets understood, List<Piece> own, List<Piece> others) {
        Piece last = reply;
        return last != null
                && IntStream.rangeClosed(Math.min(beforeReply, own.size()), own.size())
                        .mapToObj(until -> Stream.concat(own.stream().limit(until), Stream.of(last)))
                        .anyMatch(pieces -> mayBe(understood, 0, pieces.toList(), others));
    }

    private List<Piece> writtenElsewhere(boolean whether) {
        if (!anyFromElsewhere) {
            return whether ? List.of() : accepted;
        }
        return accepted.stream().filter(piece -> piece.fromElsewhere == whether).toList();
    }

    /** Whether bytes are a prefix of some interleaving of two sequences of pieces. */
    private boolean mayBe(Octets understood, int at, List<Piece> some, List<Piece> others) {
        return at == understood.size()
                || beginsWith(understood, at, some, others)
                || beginsWith(understood, at, others, some);
    }

    private boolean beginsWith(Octets understood, int at, List<Piece> first, List<Piece> others) {
        if (first.isEmpty()) {
            return false;
        }
        Piece piece = first.get(0);
        int length = Math.min(piece.bytes.length, understood.size() - at);
        int known = Math.max(0, Math.min(agreed - at, length));
        boolean right = understood.has(piece.bytes, known, length, at);
        // Refused because of a switch of which it has not been notified yet, or with the reason of an end that came
        // meanwhile
        boolean refused = !right && has(Fact.UPGRADED) && (awaited.contains(piece) || notSent.contains(piece));
        return (right || refused)
                && mayBe(understood, refused ? at : at + length, first.subList(1, first.size()), others);
    }

    // Producers.

    /** A producer checks whether to write more, and goes to sleep if not. */
    void awaitsRoom() {
        awaitsRoom = true;
    }

    /** There is space, or the watermarks are not the reason that there is none. */
    void hasRoom() {
        awaitsRoom = false;
    }

    // Tasks and futures.

    void taskAccepted() {
        tasksAccepted++;
    }

    void taskRuns() {
        tasksRun++;
    }

    void tracks(CompletableFuture<?> future) {
        futures.add(future);
    }

    // When idle, and at the end.

    /** Nothing moves any more, the peer reads everything, and the connection is open and not paused. */
    void restsOpen(int understood, long pending, boolean fin) {
        requireNoFlood();
        require(presented == peerSent.size(), "received bytes are presented", presented + " of " + peerSent.size());
        require(unread == 0, "unread bytes are presented after a resume", unread + " bytes");
        requireAll(understood, "written bytes are sent");
        require(pending == 0, "nothing is pending when all is sent", pending + " bytes");
        require(awaited.isEmpty(), "completions are called when everything is sent", awaited.size() + " are not");
        require(tasksRun == tasksAccepted, "tasks are run", tasksRun + " of " + tasksAccepted);
        require(Math.max(presentedToThis, taken) == presented, "a next handler receives what was left unread", "");
        require(!fin || endTold, "the end of the input is reported", "");
        require(
                !awaitsRoom || hasAny(Fact.UPGRADED, Fact.OUTPUT_ENDED, Fact.CLOSED),
                "onWritable follows a writable() that returned false",
                "it does not");
    }

    /** It has ended. */
    void ended(int understood, boolean sentTheEnd) {
        CloseReason why = reason;
        if (why == null) {
            broken("every connection ends", "it has not");
            return;
        }
        require(awaited.isEmpty(), "each completion is called", awaited.size() + " are not");
        require(tasksRun == tasksAccepted, "an accepted task is run before onClose", tasksRun + " of " + tasksAccepted);
        long undone = futures.stream().filter(future -> !future.isDone()).count();
        require(undone == 0, "each future completes", undone + " do not");
        require(mayBe(why), "the reason is true", why.name());
        require(!has(Fact.REFUSED) || !opened(), "a refused connection is not opened", "it was");
        require(
                !refusedFirst || why == CloseReason.HANDSHAKE_FAILED,
                "a refused connection ends for that reason",
                "it ended as " + why);
        boolean inOrder = why == CloseReason.LOCAL_CLOSE || why == CloseReason.PEER_CLOSE;
        boolean disturbed = has(Fact.PEER_CUT) || has(Fact.PEER_BABBLED) || has(Fact.PEER_RESET);
        if (opened() && inOrder && !disturbed) {
            requireAll(understood, "a graceful end comes after all bytes that were written");
        }
        // A refused connection ends without the writes that preceded its opening
        if (sentTheEnd && !has(Fact.REFUSED)) {
            require(inOrder || mayHaveEndedBefore(), "a failure is not reported as a graceful end", why + " was");
            // The frames report an end also to a peer that was cut short, where TLS reports nothing
            if (!has(Fact.PEER_CUT)) {
                requireAll(understood, "the peer receives a graceful end if it has received everything");
            }
        }
    }

    /**
     * Whether it may have ended its output gracefully, and been aborted after that; deadlines and shutdowns end it like
     * this, too.
     */
    private boolean mayHaveEndedBefore() {
        return has(Fact.CLOSED)
                || has(Fact.REPLIED)
                || has(Fact.DRAINED)
                || has(Fact.OUTPUT_ENDED)
                || has(Fact.PEER_ENDED)
                || has(Fact.PEER_CUT)
                || has(Fact.UPGRADED)
                || has(Fact.TIME_PASSED)
                || has(Fact.SHUT_DOWN);
    }

    private boolean mayBe(CloseReason why) {
        return switch (why) {
            case LOCAL_CLOSE -> has(Fact.CLOSED) || has(Fact.DRAINED);
            case LOCAL_ABORT -> has(Fact.ABORTED);
            case PEER_CLOSE -> has(Fact.PEER_ENDED) || (has(Fact.PEER_CUT) && !opened());
            case PEER_TRUNCATED -> has(Fact.PEER_CUT) || has(Fact.PEER_BABBLED);
            case HANDSHAKE_FAILED ->
                has(Fact.PEER_BABBLED)
                        || has(Fact.PEER_CUT)
                        || has(Fact.PEER_ENDED)
                        || has(Fact.PEER_RESET)
                        || has(Fact.REFUSED);
            case HANDSHAKE_TIMEOUT, IDLE_TIMEOUT, WRITE_TIMEOUT -> has(Fact.TIME_PASSED);
            case PROTOCOL_VIOLATION ->
                has(Fact.PEER_BABBLED) || has(Fact.PEER_FLOODED) || has(Fact.BLAMED) || has(Fact.PEER_CUT);
            case UPGRADE_VIOLATION -> has(Fact.UPGRADED);
            case UNREAD_LIMIT -> has(Fact.LEFT_UNREAD);
            case HANDLER_FAILED -> has(Fact.FAILED) || has(Fact.CALLBACK_REFUSED);
            case IO_FAILED -> has(Fact.PEER_RESET);
            case SHUTDOWN -> has(Fact.SHUT_DOWN);
            case MEMORY_LIMIT -> has(Fact.SHORT_OF_MEMORY);
            case BUFFER_CHANGED -> has(Fact.TOUCHED);
            case FILE_FAILED -> has(Fact.FILE_TOO_SHORT) || has(Fact.SHORT_OF_MEMORY);
            case CONNECT_TIMEOUT, ADMISSION_REFUSED, ADMISSION_TIMEOUT -> false;
        };
    }
}
