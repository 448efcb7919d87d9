// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.states.Transitions;
import io.portcullis.internal.wire.Transport;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * What is to be sent: queue -> {@link Filter#encode} -> one {@link SocketWrite} -> completions.
 *
 * <p>Under TLS the queue is encoded, as few and as full records as it allows, into one leased network buffer; that
 * buffer is then written until it is empty. Through a transparent filter the segments of the queue are written
 * themselves, many at once. Touched by the strand alone.
 */
public final class Output {
    /**
     * How far the stream is.
     *
     * <pre>
     *   RUNNING --> STOPPING --> STOPPED
     *    |  ^          |  |       |  |
     *    |  +----------+--|-------+  |
     *    |                v          |
     *    +----------> CLOSING ---> CLOSED
     * </pre>
     *
     * A filter may end its stream by itself: from everywhere to CLOSED.
     */
    public enum Stream {
        /** More may be written. */
        RUNNING,
        /** Behind what was written the filter's stream ends, and no other. */
        STOPPING,
        /** It has ended, in what was encoded. */
        STOPPED,
        /** Behind what was written all ends. */
        CLOSING,
        /** It has ended, in what was encoded; nothing more can be. */
        CLOSED
    }

    public static final Transitions<Stream> TRANSITIONS = new Transitions<>(Stream.class)
            .allow(Stream.RUNNING, EnumSet.of(Stream.STOPPING, Stream.CLOSING, Stream.CLOSED))
            .allow(Stream.STOPPING, EnumSet.of(Stream.STOPPED, Stream.RUNNING, Stream.CLOSING, Stream.CLOSED))
            .allow(Stream.STOPPED, EnumSet.of(Stream.RUNNING, Stream.CLOSED))
            .allow(Stream.CLOSING, EnumSet.of(Stream.CLOSED));

    /** What came of a write. */
    public enum Written {
        /** There was none: a second completion, of a channel that threw although it had begun. */
        STRAY,
        /** See {@link SocketWrite#failure}. */
        FAILED,
        /** The application has touched a buffer of it. */
        CHANGED,
        DONE
    }

    private static final VarHandle ENCODED = Fields.handle(MethodHandles.lookup(), Output.class, "encoded", long.class);

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** From this size on a buffer is encoded where it lies, instead of copied first. */
    public static final int WORTH_ENCODING_IN_PLACE = 8192;

    /** How much of what lies on the heap goes into one socket write of a plain connection. */
    private static final int PIECE = 64 * 1024;

    /** What an output needs of its connection. */
    public interface Owner extends HandlerFailures, FileQueue.Owner {}

    private final Machine machine;
    private final SocketWrite write;
    private final WriteQueue queue = new WriteQueue();

    /** Made for the first write that has a handler: many connections have none. */
    private @Nullable Completions completions;

    /** Made for the first file. */
    private @Nullable FileQueue files;

    private Stream stream = Stream.RUNNING;

    /** How much of the initial congestion window, for {@link RecordSizing}. */
    private int windowSpent;

    /** Positions in the stream of application bytes; others may look at them. */
    private volatile long added;

    private long encoded;
    private volatile long sent;

    /**
     * Nothing is to be sent yet.
     *
     * @param write for this output alone
     */
    public Output(Machine machine, SocketWrite write) {
        this.machine = machine;
        this.write = write;
    }

    // How much there is.

    /** How many bytes wait; from any thread, and never less than there are. */
    public long pending() {
        long left = sent;
        return added - left;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the strand alone
    private void accept(long bytes) {
        added += bytes;
    }

    /**
     * How many of the application's bytes have become network bytes; from any thread, which may see less than the turn
     * that runs.
     */
    public long applicationBytes() {
        return (long) ENCODED.getOpaque(this);
    }

    /** How much of the pool is held, more or less; from any thread. */
    public long held() {
        return (long) write.held() + queue.held();
    }

    /** Whether everything has left, and after {@link #close} the end of the stream with it. */
    public boolean drained() {
        return flushed() && stream != Stream.CLOSING;
    }

    /** Whether everything that was written has left. */
    public boolean flushed() {
        return !write.underWay() && write.network() == null && nothingWaits();
    }

    /** Whether neither bytes nor files wait to go through the filter. */
    public boolean nothingWaits() {
        return queue.head() == null && (files == null || files.isEmpty());
    }

    /** Whether a task reads a file at the moment. */
    public boolean readsFile() {
        return files != null && files.reading();
    }

    // The end of the stream.

    private void become(Stream next) {
        stream = TRANSITIONS.follow(stream, next);
    }

    /** After everything written so far the TLS stream ends, but not the connection. */
    public void stopTls() {
        if (stream == Stream.RUNNING) {
            become(Stream.STOPPING);
        }
    }

    /** Whether everything has left, and the end of the TLS stream behind it. */
    public boolean stopped() {
        return stream == Stream.STOPPED && flushed();
    }

    /** The connection goes on behind the end of a TLS stream. */
    public void restart() {
        if (stream == Stream.STOPPING || stream == Stream.STOPPED) {
            become(Stream.RUNNING);
        }
    }

    /** After everything written so far the output ends; nothing may be written any more. */
    public void close() {
        if (stream == Stream.STOPPED) {
            become(Stream.CLOSED);
        } else if (stream == Stream.RUNNING || stream == Stream.STOPPING) {
            become(Stream.CLOSING);
        }
    }

    /** The filter has failed: drops what is not encoded yet and lets the filter say its last words. */
    public void closeAfterFailure() {
        clear();
        close();
    }

    // What the application writes.

    /**
     * Whether a buffer of {@value #WORTH_ENCODING_IN_PLACE} bytes or more can be encoded where it lies, in place of
     * being copied: then {@link #lend}, encode, {@link #reclaim}.
     */
    public boolean encodesInPlace(Filter filter) {
        return !write.underWay() && target() == queue && filter.session() != null;
    }

    /** Copies the buffer, and consumes it. */
    public void copy(ByteBuffer data) {
        accept(data.remaining());
        target().copy(data, machine.buffers());
    }

    /** Adds a view of a buffer, which is to be reclaimed before its owner has it back. */
    public WriteQueue.Segment lend(ByteBuffer view) {
        accept(view.remaining());
        return queue.addBorrowed(view);
    }

    /** Copies what was not encoded. */
    public void reclaim(WriteQueue.Segment borrowed, ByteBuffer view) {
        queue.reclaim(borrowed, view, machine.buffers());
    }

    /** Takes over the bytes of a lease. */
    public void write(Lease lease) {
        accept(lease.buffer().remaining());
        target().add(lease, machine.buffers());
    }

    /**
     * Keeps the buffer until the completion, unless it is so small that it had better leave with its neighbors, or lies
     * in memory that is only lent to the callback that writes it.
     *
     * @param data the bytes as they were when they were written
     * @param origin the application's buffer with the same memory
     * @param owner told what its completion throws
     * @return whether the application has left the buffer alone since then
     */
    public boolean write(
            ByteBuffer data,
            ByteBuffer origin,
            @Nullable Object attachment,
            CompletionHandler<Void, ?> handler,
            Owner owner) {
        if (refuses()) {
            refuse(attachment, handler, owner);
            return true;
        }
        accept(data.remaining());
        completions(owner).add(added, attachment, handler);
        if (Lending.covers(data)) {
            target().copy(data, machine.buffers());
        } else if (WriteQueue.intact(origin, data.position(), data.limit())) {
            target().addOwnedOrCopy(data, origin, machine.buffers());
        } else {
            return false;
        }
        return true;
    }

    /**
     * Sends a file in its place; all of it counts as pending.
     *
     * @param owner told what fails
     */
    public void write(FileSend file, Owner owner) {
        if (refuses()) {
            refuse(file, file, owner);
            return;
        }
        accept(file.count());
        completions(owner).add(added, file, file);
        if (files == null) {
            files = new FileQueue(owner, machine, queue);
        }
        files.add(file);
    }

    /** The queue that takes what is written now. */
    private WriteQueue target() {
        return files == null ? queue : files.end();
    }

    private Completions completions(Owner owner) {
        if (completions == null) {
            completions = new Completions(owner);
        }
        return completions;
    }

    private boolean refuses() {
        return completions != null && completions.closed();
    }

    /**
     * Fails a write that is not accepted, behind those that still wait; no later one is accepted.
     *
     * @param owner told what its completion throws
     */
    public void refuse(@Nullable Object attachment, CompletionHandler<Void, ?> handler, Owner owner) {
        Completions all = completions(owner);
        boolean first = all.isEmpty();
        all.endAt(added);
        all.add(Long.MAX_VALUE, attachment, handler);
        if (first) {
            var unused = all.complete(added);
        }
    }

    private void clear() {
        queue.clear();
        if (files != null) {
            files.clear();
        }
    }

    // Encoding.

    /**
     * Encodes what there is, record by record, and what else the filter has to say.
     *
     * @param lastSent when the peer took something last
     * @return what keeps it from going on
     */
    public Encoding encode(Filter filter, long lastSent) throws TlsException {
        if (write.underWay() || stream == Stream.CLOSED || stream == Stream.STOPPED || filter.transparent()) {
            return Encoding.NOTHING;
        }
        windowSpent = RecordSizing.begin(windowSpent, queue.queued(), lastSent, machine);
        boolean moved = false;
        write.encodesMore();
        Encoding outcome = encodeNext(filter);
        while (outcome == Encoding.MOVED) {
            moved = true;
            outcome = encodeNext(filter);
        }
        if (!moved) {
            write.dropEmpty();
        }
        return moved && outcome == Encoding.NOTHING ? Encoding.MOVED : outcome;
    }

    /** One record, or what else the filter has to say. */
    private Encoding encodeNext(Filter filter) throws TlsException {
        WriteQueue.Segment head = queue.head();
        if (head != null) {
            return head.intact() ? encode(filter, head.data()) : Encoding.CHANGED;
        }
        if ((stream == Stream.CLOSING || stream == Stream.STOPPING) && nothingWaits()) {
            filter.closeOutput();
        }
        return filter.hasOutput() ? encode(filter, EMPTY) : Encoding.NOTHING;
    }

    private Encoding encode(Filter filter, ByteBuffer source) throws TlsException {
        Lease lease = write.network();
        if (lease == null) {
            lease = RecordSizing.room(windowSpent, queue.queued(), filter.networkSpace(), machine);
            write.useForRecords(lease);
        }
        ByteBuffer target = lease.buffer();
        int before = source.position();
        Step step = encodeRecord(filter, source, target);
        int taken = source.position() - before;
        windowSpent = RecordSizing.encoded(windowSpent, taken);
        ENCODED.setOpaque(this, encoded + taken);
        queue.taken(taken);
        return switch (step) {
            case PROGRESS -> Encoding.MOVED;
            case NEED_INPUT -> taken > 0 ? Encoding.MOVED : Encoding.NOTHING;
            case SECURED -> Encoding.SECURED;
            case NEED_SPACE -> {
                if (target.position() == 0) {
                    yield encodeInLargerRoom(filter, source);
                }
                write.becomeFull();
                yield Encoding.NOTHING;
            }
            case NEED_DECODE, NEED_ENCODE, REPLACE -> Encoding.NOTHING;
            case RUN_TASK -> Encoding.TASK;
            case CLOSED -> {
                outputEnded();
                yield Encoding.ENDED;
            }
        };
    }

    private Step encodeRecord(Filter filter, ByteBuffer source, ByteBuffer target) throws TlsException {
        int limit = source.limit();
        source.limit(Math.min(limit, source.position() + RecordSizing.limit(windowSpent)));
        try {
            return filter.encode(source, target);
        } finally {
            source.limit(limit);
        }
    }

    private Encoding encodeInLargerRoom(Filter filter, ByteBuffer source) throws TlsException {
        write.release();
        write.useForRecords(machine.buffers().lease(filter.networkSpace()));
        return encode(filter, source);
    }

    /** The filter has ended its output: the TLS stream alone, or the connection with it. What waits can never leave. */
    private void outputEnded() {
        if (stream == Stream.STOPPING && nothingWaits()) {
            become(Stream.STOPPED);
            return;
        }
        become(Stream.CLOSED);
        clear();
        added = encoded;
        if (completions != null) {
            completions.endAt(added);
        }
    }

    /** Whether the filter has ended the output for good. */
    public boolean closed() {
        return stream == Stream.CLOSED;
    }

    // Sending.

    /**
     * Has files read on while little waits for the socket, and starts a write if there is something, and none
     * outstanding.
     */
    public Sending send(Filter filter, Transport transport) {
        if (files != null) {
            files.readAhead(encoded - sent + queue.queued());
        }
        if (write.outstanding()) {
            return Sending.OUT;
        }
        if (!write.startFromBuffer(transport) && filter.transparent()) {
            if (!queue.intact(WriteQueue.SEGMENTS_PER_WRITE)) {
                return Sending.CHANGED;
            }
            sendSegments(transport);
            if (stream == Stream.CLOSING && nothingWaits()) {
                become(Stream.CLOSED);
            }
        }
        return write.sending();
    }

    private void sendSegments(Transport transport) {
        WriteQueue.Segment head = queue.head();
        if (head == null) {
            return;
        }
        if (!head.data().isDirect()) {
            sendPiece(transport);
        } else if (head.next() == null) {
            head.freeze();
            write.start(head.data(), transport);
        } else {
            write.start(queue.gather(), transport);
        }
    }

    /**
     * Sends a piece of what lies on the heap, by way of a lease. A channel that is given a heap buffer copies all that
     * is left of it, however little the socket takes, at every write, and keeps the memory that it copied to.
     */
    private void sendPiece(Transport transport) {
        Lease lease = machine.buffers().lease((int) Math.min(queue.queued(), PIECE));
        write.useForPlaintext(lease);
        ByteBuffer piece = lease.buffer();
        queue.moveTo(piece);
        int length = piece.position();
        queue.taken(length);
        ENCODED.setOpaque(this, encoded + length);
        var unused = write.startFromBuffer(transport);
    }

    /** A write has completed: accounts for it. */
    public Written written() {
        if (!write.outstanding()) {
            return Written.STRAY;
        }
        boolean ofBuffer = write.network() != null;
        if (!write.accountFor()) {
            return Written.FAILED;
        }
        if (!ofBuffer) {
            if (!queue.taken(write.taken())) {
                return Written.CHANGED;
            }
            ENCODED.setOpaque(this, encoded + write.taken());
        }
        if (!write.hasRest()) {
            sent = encoded;
        }
        return Written.DONE;
    }

    /** Whether something waits that can be encoded or sent, be it the end, now that no write is outstanding. */
    public boolean goesOn() {
        return write.full()
                || write.network() != null
                || !nothingWaits()
                || stream == Stream.CLOSING
                || stream == Stream.STOPPING;
    }

    /** Tells of the writes that are over; returns whether there were any, and with it the chance to write more. */
    public boolean completeWrites() {
        return completions != null && completions.complete(sent);
    }

    // The end.

    /**
     * The connection has ended and no write is outstanding: gives everything back and fails the writes that waited.
     *
     * @return whether buffers had to be given up, since the socket may still read them
     */
    public boolean end(Throwable cause, Transport transport) {
        boolean lost = write.mayBeTouched(transport);
        if (lost && !write.abandon()) {
            queue.abandon();
        }
        write.release();
        clear();
        if (completions != null) {
            completions.fail(cause);
        }
        return lost;
    }
}
