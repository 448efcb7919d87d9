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
 * The output: queue -> {@link Filter#encode} -> one {@link SocketWrite} -> completions.
 *
 * <p>With TLS, the queue is encoded into one leased network buffer, in the fewest and fullest records possible, and the
 * buffer is then written until it is empty. With a transparent filter, the segments of the queue are written directly,
 * many at once. Confined to the strand.
 */
public final class Output {
    /**
     * The state of the stream.
     *
     * <pre>
     *   RUNNING --> STOPPING --> STOPPED
     *    |  ^          |  |       |  |
     *    |  +----------+--|-------+  |
     *    |                v          |
     *    +----------> CLOSING ---> CLOSED
     * </pre>
     *
     * A filter may end its stream by itself: every state may be followed by CLOSED.
     */
    public enum Stream {
        /** More may be written. */
        RUNNING,
        /** The filter's stream ends after the pending writes; the connection continues. */
        STOPPING,
        /** The end of the filter's stream is encoded. */
        STOPPED,
        /** The output ends after the pending writes. */
        CLOSING,
        /** The end of the output is encoded; nothing more can be. */
        CLOSED
    }

    public static final Transitions<Stream> TRANSITIONS = new Transitions<>(Stream.class)
            .allow(Stream.RUNNING, EnumSet.of(Stream.STOPPING, Stream.CLOSING, Stream.CLOSED))
            .allow(Stream.STOPPING, EnumSet.of(Stream.STOPPED, Stream.RUNNING, Stream.CLOSING, Stream.CLOSED))
            .allow(Stream.STOPPED, EnumSet.of(Stream.RUNNING, Stream.CLOSED))
            .allow(Stream.CLOSING, EnumSet.of(Stream.CLOSED));

    /** The outcome of a write. */
    public enum Written {
        /** There was no write: a second completion, by a channel that threw although it had started the write. */
        STRAY,
        /** The write has failed; see {@link SocketWrite#failure}. */
        FAILED,
        /** The application has modified one of its buffers. */
        CHANGED,
        DONE
    }

    private static final VarHandle ENCODED = Fields.handle(MethodHandles.lookup(), Output.class, "encoded", long.class);

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** The minimum size from which a buffer is encoded in place instead of being copied first. */
    public static final int WORTH_ENCODING_IN_PLACE = 8192;

    /** The maximum size of heap memory in one socket write of a plain connection. */
    private static final int PIECE = 64 * 1024;

    /** What an output requires of its connection. */
    public interface Owner extends HandlerFailures, FileQueue.Owner {}

    private final Machine machine;
    private final SocketWrite write;
    private final WriteQueue queue = new WriteQueue();

    /** Created for the first write with a handler; many connections have none. */
    private @Nullable Completions completions;

    /** Created for the first file. */
    private @Nullable FileQueue files;

    private Stream stream = Stream.RUNNING;

    /** The used part of the initial congestion window, for {@link RecordSizing}. */
    private int windowSpent;

    /** Positions in the stream of application bytes. Other threads may read them. */
    private volatile long added;

    private long encoded;
    private volatile long sent;

    /**
     * Creates an output with nothing to send.
     *
     * @param write used by this output only
     */
    public Output(Machine machine, SocketWrite write) {
        this.machine = machine;
        this.write = write;
    }

    // Amounts

    /** Returns the number of pending bytes. May be called from any thread; never less than the actual number. */
    public long pending() {
        long left = sent;
        return added - left;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // written on the strand only
    private void accept(long bytes) {
        added += bytes;
    }

    /**
     * Returns the number of application bytes that were encoded. May be called from any thread, which may see an older
     * value.
     */
    public long applicationBytes() {
        return (long) ENCODED.getOpaque(this);
    }

    /** Returns the approximate number of bytes held from the pool. May be called from any thread. */
    public long held() {
        return (long) write.held() + queue.held();
    }

    /** Returns whether everything was sent, and after {@link #close} also the end of the stream. */
    public boolean drained() {
        return flushed() && stream != Stream.CLOSING;
    }

    /** Returns whether everything that was written has been sent. */
    public boolean flushed() {
        return !write.underWay() && write.network() == null && nothingWaits();
    }

    /** Returns whether neither bytes nor files wait to be encoded. */
    public boolean nothingWaits() {
        return queue.head() == null && (files == null || files.isEmpty());
    }

    /** Returns whether a task is reading a file. */
    public boolean readsFile() {
        return files != null && files.reading();
    }

    // The end of the stream

    private void become(Stream next) {
        stream = TRANSITIONS.follow(stream, next);
    }

    /** Ends the TLS stream after all pending writes, but not the connection. */
    public void stopTls() {
        if (stream == Stream.RUNNING) {
            become(Stream.STOPPING);
        }
    }

    /** Returns whether everything was sent, including the end of the TLS stream. */
    public boolean stopped() {
        return stream == Stream.STOPPED && flushed();
    }

    /** Continues the connection after the end of a TLS stream. */
    public void restart() {
        if (stream == Stream.STOPPING || stream == Stream.STOPPED) {
            become(Stream.RUNNING);
        }
    }

    /** Ends the output after all pending writes; nothing may be written any more. */
    public void close() {
        if (stream == Stream.STOPPED) {
            become(Stream.CLOSED);
        } else if (stream == Stream.RUNNING || stream == Stream.STOPPING) {
            become(Stream.CLOSING);
        }
    }

    /** After a failure of the filter: drops what is not encoded, and lets the filter send its final records. */
    public void closeAfterFailure() {
        clear();
        close();
    }

    // Writes of the application

    /**
     * Returns whether a buffer of {@value #WORTH_ENCODING_IN_PLACE} bytes or more can be encoded in place, without
     * being copied: by {@link #lend}, encoding, and {@link #reclaim}.
     */
    public boolean encodesInPlace(Filter filter) {
        return !write.underWay() && target() == queue && filter.session() != null;
    }

    /** Copies the buffer and consumes it. */
    public void copy(ByteBuffer data) {
        accept(data.remaining());
        target().copy(data, machine.buffers());
    }

    /** Adds a view of a buffer, which must be reclaimed before the buffer is returned to its owner. */
    public WriteQueue.Segment lend(ByteBuffer view) {
        accept(view.remaining());
        return queue.addBorrowed(view);
    }

    /** Copies the part that was not encoded. */
    public void reclaim(WriteQueue.Segment borrowed, ByteBuffer view) {
        queue.reclaim(borrowed, view, machine.buffers());
    }

    /** Adds the bytes of a lease, which belongs to the output from now on. */
    public void write(Lease lease) {
        accept(lease.buffer().remaining());
        target().add(lease, machine.buffers());
    }

    /**
     * Keeps the buffer until the completion, unless it is so small that it is better sent together with its neighbors,
     * or its memory is only lent to the callback that writes it.
     *
     * @param data the bytes at the time of the write
     * @param origin the application's buffer with the same memory
     * @param owner notified of exceptions thrown by the completion
     * @return whether the application has not modified the buffer since then
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
     * Sends a file in order with the other writes; all of it counts as pending.
     *
     * @param owner notified of failures
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

    /** Returns the queue to which new writes are added. */
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
     * Fails a write that is not accepted, after the pending ones have completed; no later write is accepted.
     *
     * @param owner notified of exceptions thrown by its completion
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

    // Encoding

    /**
     * Encodes pending output record by record, including the filter's own.
     *
     * @param lastSent when the peer last took something
     * @return why it stopped
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

    /** Encodes one record, of application bytes or of the filter's own. */
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

    /** The filter has ended its output: the TLS stream alone, or also the connection. Pending bytes cannot be sent. */
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

    /** Returns whether the filter has ended the output permanently. */
    public boolean closed() {
        return stream == Stream.CLOSED;
    }

    // Sending

    /**
     * Continues to read files if little is waiting for the socket, and starts a write if there is something to send and
     * none is outstanding.
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
     * Sends a part of the bytes in heap memory, through a lease. A channel would copy all remaining bytes of a heap
     * buffer at every write, however few the socket accepts, and keeps the memory to which it has copied.
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

    /** Handles the completion of a write. */
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

    /** Returns whether something, such as the end, can be encoded or sent now that no write is outstanding. */
    public boolean goesOn() {
        return write.full()
                || write.network() != null
                || !nothingWaits()
                || stream == Stream.CLOSING
                || stream == Stream.STOPPING;
    }

    /** Completes the writes that have been sent or have failed; returns whether there were any. */
    public boolean completeWrites() {
        return completions != null && completions.complete(sent);
    }

    // The end

    /**
     * Releases everything and fails the pending writes. The connection must have ended, and no write may be
     * outstanding.
     *
     * @return whether buffers had to be abandoned, because the socket may still read them
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
