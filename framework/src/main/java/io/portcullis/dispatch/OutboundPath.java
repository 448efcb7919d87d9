// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.Lease;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The way out: queue -> {@link Filter#encode} -> one socket write -> completions.
 *
 * <p>Under TLS the queue is encoded, as few and as full records as it allows, into one leased network buffer; that buffer
 * is then written until it is empty. Through a transparent filter the segments of the queue are written themselves, many
 * at once. Either way at most one write is outstanding, and the buffers that it reads are given back in its completion.
 * Touched by the strand alone, the completion handler excepted, which only raises a signal.
 */
final class OutboundPath implements CompletionHandler<Integer, Void> {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** From this size on a buffer is encoded where it lies, instead of copied first. */
    private static final int WORTH_ENCODING_IN_PLACE = 8192;

    /** How much of what lies on the heap goes into one socket write of a plain connection. */
    private static final int PIECE = 64 * 1024;

    private final SocketConnection connection;
    private final WriteQueue queue;
    private final RecordSizing sizing = new RecordSizing();

    /** Made for the first write that has a handler: many connections have none. */
    private @Nullable Completions completions;

    /** Made for the first file. */
    private @Nullable FileQueue files;

    /** What the last write took; written by its completion, published by the signal. */
    private long written;

    private @Nullable Throwable failure;

    private @Nullable Lease network;

    /** Whether the network buffer holds application bytes as they are. */
    private boolean networkIsPlain;

    private boolean writing;
    private boolean encoding;
    private boolean encodingStopped;
    private boolean closing;
    private boolean stopping;
    private boolean stopped;
    private boolean closed;
    private boolean refusing;

    /** Positions in the stream of application bytes. */
    private long added;

    private long encoded;
    private long sent;

    OutboundPath(SocketConnection connection, Machine machine) {
        this.connection = connection;
        this.queue = new WriteQueue(machine.buffers());
    }

    private Machine machine() {
        return connection.endpoint.machine();
    }

    long pending() {
        return added - sent;
    }

    /** How much of the pool is held, more or less; from any thread. */
    long held() {
        Lease encrypted = network;
        return (encrypted == null ? 0L : encrypted.capacity()) + queue.held();
    }

    boolean writing() {
        return writing;
    }

    /** Whether everything has left, and after {@link #close} the end of the stream with it. */
    boolean drained() {
        return flushed() && (closed || !closing);
    }

    /** Whether everything that was written has left. */
    boolean flushed() {
        return !writing && network == null && nothingWaits();
    }

    /** Whether neither bytes nor files wait to go through the filter. */
    boolean nothingWaits() {
        return queue.head() == null && (files == null || files.isEmpty());
    }

    /** Whether a task reads a file at the moment. */
    boolean readsFile() {
        return files != null && files.reading();
    }

    /** After everything written so far the TLS stream ends, but not the connection. */
    void stopTls() {
        stopping = true;
    }

    /** Whether everything has left, and the end of the TLS stream behind it. */
    boolean stopped() {
        return stopped && flushed();
    }

    /** The connection goes on behind the end of a TLS stream. */
    void restart() {
        stopping = false;
        stopped = false;
    }

    /** Consumes the buffer: encodes it at once where that saves a copy, otherwise copies it. */
    void write(ByteBuffer data) {
        added += data.remaining();
        Filter filter = connection.filter();
        boolean waits = writing || encoding || target() != queue;
        if (data.remaining() < WORTH_ENCODING_IN_PLACE || waits || filter.session() == null) {
            target().copy(data);
            return;
        }
        ByteBuffer view = data.duplicate();
        data.position(data.limit());
        WriteQueue.Segment borrowed = queue.addBorrowed(view);
        connection.encodeOrFail();
        queue.reclaim(borrowed, view);
    }

    /** Takes over the bytes of a lease. */
    void write(Lease lease) {
        added += lease.buffer().remaining();
        target().add(lease);
    }

    /**
     * Keeps the buffer until the completion, unless it is so small that it had better leave with its neighbors, or lies in memory
     * that is only lent to the callback that writes it.
     *
     * @param data the bytes as they were when they were written
     * @param origin the application's buffer with the same memory
     */
    void write(ByteBuffer data, ByteBuffer origin, @Nullable Object attachment, CompletionHandler<Void, ?> handler) {
        if (refusing) {
            refuse(attachment, handler);
            return;
        }
        added += data.remaining();
        completions().add(added, attachment, handler);
        if (Lending.covers(data)) {
            target().copy(data);
        } else if (WriteQueue.intact(origin, data.position(), data.limit())) {
            target().addOwnedOrCopy(data, origin);
        } else {
            connection.bufferChanged();
        }
    }

    /** Sends a file in its place; all of it counts as pending. */
    void write(FileSend file) {
        if (refusing) {
            refuse(file, file);
            return;
        }
        added += file.count();
        completions().add(added, file, file);
        if (files == null) {
            files = new FileQueue(connection, machine(), queue);
        }
        files.add(file);
    }

    /** The queue that takes what is written now. */
    private WriteQueue target() {
        return files == null ? queue : files.end();
    }

    /** Has files read on, while little of what was read or written before waits for the socket. */
    void readFiles() {
        if (files != null && !connection.ended()) {
            files.readAhead(encoded - sent + queue.queued());
        }
    }

    private Completions completions() {
        if (completions == null) {
            completions = new Completions(connection);
        }
        return completions;
    }

    /** Fails a write that is not accepted, behind those that still wait; no later one is accepted. */
    void refuse(@Nullable Object attachment, CompletionHandler<Void, ?> handler) {
        refusing = true;
        boolean first = completions().isEmpty();
        completions().add(Long.MAX_VALUE, attachment, handler);
        if (first) {
            completions().fail(new ClosedChannelException());
        }
    }

    /** After everything written so far the output ends; nothing may be written any more. */
    void close() {
        closing = true;
        closed |= stopped;
    }

    /** The filter has failed: drops what is not encoded yet and lets the filter say its last words. */
    void closeAfterFailure() {
        clear();
        close();
    }

    private void clear() {
        queue.clear();
        if (files != null) {
            files.clear();
        }
    }

    /**
     * Moves the queue through the filter, as far as there is room and the filter wants.
     *
     * @return whether anything happened that may let the other direction go on
     */
    boolean encode(Filter filter) throws TlsException {
        boolean moved = false;
        encodingStopped = encoding || writing || closed || stopped || connection.taskRunning() || filter.transparent();
        sizing.begin(queue.queued(), connection.lastSent(), machine());
        while (!encodingStopped) {
            WriteQueue.Segment head = queue.head();
            if ((closing || stopping) && nothingWaits()) {
                filter.closeOutput();
            }
            if (head == null && !filter.hasOutput()) {
                break;
            }
            if (!queue.intact(1)) {
                connection.bufferChanged();
                break;
            }
            encoding = true;
            try {
                moved |= encodeOnce(filter, head == null ? EMPTY : head.data());
            } finally {
                encoding = false;
            }
        }
        if (network != null && !encoding && !writing && network.buffer().position() == 0) {
            releaseNetwork();
        }
        return moved;
    }

    private boolean encodeOnce(Filter filter, ByteBuffer source) throws TlsException {
        Lease target = network;
        if (target == null) {
            target = sizing.room(queue.queued(), filter.networkSpace(), machine());
            network = target;
        }
        int before = source.position();
        Step step = encodeRecord(filter, source, target.buffer());
        int taken = source.position() - before;
        sizing.encoded(taken);
        encoded += taken;
        connection.countEncoded(taken);
        queue.taken(taken);
        switch (step) {
            case PROGRESS, NEED_INPUT -> {
                encodingStopped = step == Step.NEED_INPUT && queue.head() == null;
                return true;
            }
            case SECURED -> {
                connection.filterSecured();
                return true;
            }
            case NEED_SPACE -> {
                if (target.buffer().position() > 0) {
                    encodingStopped = true;
                } else {
                    releaseNetwork();
                    network = machine().buffers().lease(filter.networkSpace());
                }
            }
            case NEED_DECODE, NEED_ENCODE, REPLACE -> encodingStopped = true;
            case RUN_TASK -> encodingStopped = !connection.runTask();
            case CLOSED -> {
                encodingStopped = true;
                outputEnded();
            }
        }
        return false;
    }

    /** The filter has ended its output: the TLS stream alone, or the connection with it. */
    private void outputEnded() {
        stopped = stopping && !closing && nothingWaits();
        if (!stopped) {
            closed = true;
            clear();
            connection.outputClosed = true;
        }
    }

    private Step encodeRecord(Filter filter, ByteBuffer source, ByteBuffer target) throws TlsException {
        int limit = source.limit();
        source.limit(Math.min(limit, source.position() + sizing.limit()));
        try {
            return filter.encode(source, target);
        } finally {
            source.limit(limit);
        }
    }

    /** Starts a socket write if there is something to write and none is outstanding. */
    void send(Filter filter) {
        readFiles();
        if (writing || connection.ended()) {
            return;
        }
        if (network != null) {
            network.buffer().flip();
            start(network.buffer());
        } else if (filter.transparent()) {
            sendSegments();
            closed |= closing && nothingWaits();
        }
        if (!writing && completeWrites()) {
            connection.signal(Signal.MESSAGE);
        }
    }

    private void start(ByteBuffer source) {
        writing = true;
        connection.transport.write(source, this);
    }

    private void sendSegments() {
        WriteQueue.Segment head = queue.head();
        if (head == null) {
            return;
        }
        if (!queue.intact(WriteQueue.SEGMENTS_PER_WRITE)) {
            connection.bufferChanged();
        } else if (!head.data().isDirect()) {
            sendPiece();
        } else if (head.next() == null) {
            head.freeze();
            start(head.data());
        } else {
            writing = true;
            connection.transport.write(queue.gather(), new GatheringWrite(this));
        }
    }

    /**
     * Sends a piece of what lies on the heap, by way of a lease. A channel that is given a heap buffer copies all that is left
     * of it, however little the socket takes, at every write, and keeps the memory that it copied to.
     */
    private void sendPiece() {
        Lease lease = machine().buffers().lease((int) Math.min(queue.queued(), PIECE));
        network = lease;
        networkIsPlain = true;
        ByteBuffer piece = lease.buffer();
        queue.moveTo(piece);
        int length = piece.flip().remaining();
        queue.taken(length);
        encoded += length;
        connection.countEncoded(length);
        start(piece);
    }

    /** What is in the network buffer has left, or never will. Forgotten before it is given back, whatever fails behind that. */
    private void releaseNetwork() {
        Lease lease = network;
        network = null;
        if (lease != null) {
            lease.releaseWiped(networkIsPlain ? lease.buffer().limit() : 0);
        }
        networkIsPlain = false;
    }

    /** The write has come back, to a turn that has failed. */
    void returned() {
        writing = false;
    }

    /** The write, if one is outstanding, will never come back. */
    void lost() {
        failure = writing && failure == null ? Transport.LOST : failure;
        writing = false;
    }

    /** Whether buffers of writes that fail may still be read by the system, and must be lent to nobody else. */
    boolean mayBeTouched() {
        return connection.transport.mayGoOnAfter(failure);
    }

    /** In the turn that follows a completion: accounts for it, and writes on if the buffer is not empty. */
    void written() {
        if (!writing) {
            return;
        }
        writing = false;
        Throwable cause = failure;
        if (cause != null) {
            connection.ioFailed(cause);
            return;
        }
        connection.countSent(written);
        if (network != null) {
            if (network.buffer().hasRemaining()) {
                if (!connection.ended()) {
                    start(network.buffer());
                }
                return;
            }
            releaseNetwork();
            sent = encoded;
        } else {
            boolean intact = queue.taken(written);
            if (!intact) {
                connection.bufferChanged();
                return;
            }
            encoded += written;
            connection.countEncoded(written);
            sent = encoded;
        }
        completeWrites();
    }

    /** Returns whether a completion was delivered, and with it the chance to write more. */
    private boolean completeWrites() {
        return completions != null && completions.complete(sent);
    }

    /** The connection has ended and no write is outstanding: gives everything back and fails the writes that waited. */
    void end(Throwable cause) {
        if (mayBeTouched()) {
            abandon();
        }
        releaseNetwork();
        clear();
        if (completions != null) {
            completions.fail(cause);
        }
    }

    /** Gives up what the last write may still read. */
    private void abandon() {
        Lease lease = network;
        network = null;
        if (lease == null) {
            queue.abandon();
        } else {
            lease.abandon();
        }
        connection.buffersLost();
    }

    /** The write has ended: keeps the result for the turn. */
    @Override
    public void completed(Integer count, Void none) {
        completed(count.longValue());
    }

    /** The same for a write of several segments. */
    void completed(long count) {
        written = count;
        connection.signal(Signal.WRITE_DONE);
    }

    @Override
    public void failed(Throwable cause, Void none) {
        failure = cause;
        connection.signal(Signal.WRITE_DONE);
    }
}
