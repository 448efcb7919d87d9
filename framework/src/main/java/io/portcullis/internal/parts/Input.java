// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.states.Transitions;
import io.portcullis.internal.wire.Transport;
import io.portcullis.tls.Filter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The bytes received from the peer that have not been consumed: the input buffers, the read that fills them, and the
 * state of the stream.
 *
 * <p>A waiting connection pins one small network buffer, which grows while reads fill it and shrinks when they do not.
 * The application buffer is leased for the turn, and kept longer only for bytes that the handler has left unread. With
 * a transparent filter, the network buffer is also the application buffer. A reference to a lease is cleared before the
 * lease is released, and before the next one is taken, because taking one may fail. Confined to the strand, except the
 * completion handler, which only raises a signal.
 *
 * <p>Unread bytes are not presented again until something has changed: more bytes have been received, the handler has
 * resumed, or it was promised another call. A handler that resumes within the callback that received the bytes has seen
 * them and waits for more, unless it has consumed some.
 */
public final class Input implements CompletionHandler<Integer, Void> {
    /**
     * The state of the stream.
     *
     * <pre>
     *   RUNNING --> CLOSED --> DELIVERED <-----> OWED
     *    |   ^         |           ^
     *    |   +---------+           |
     *    v                         |
     *   ENDED ---------------------+
     * </pre>
     */
    public enum Stream {
        /** More bytes may be received. */
        RUNNING,
        /** The filter's stream has ended; the network's has not, and may continue without TLS. */
        CLOSED,
        /** The network stream has ended. */
        ENDED,
        /** The handler was notified of the end. */
        DELIVERED,
        /** A previous handler was notified of the end, and the current one has yet to be. */
        OWED
    }

    public static final Transitions<Stream> TRANSITIONS = new Transitions<>(Stream.class)
            .allow(Stream.RUNNING, EnumSet.of(Stream.CLOSED, Stream.ENDED))
            .allow(Stream.CLOSED, EnumSet.of(Stream.RUNNING, Stream.DELIVERED))
            .allow(Stream.ENDED, EnumSet.of(Stream.DELIVERED))
            .allow(Stream.DELIVERED, EnumSet.of(Stream.OWED))
            .allow(Stream.OWED, EnumSet.of(Stream.DELIVERED));

    /**
     * When unread bytes are presented to the handler again although none have been received since.
     *
     * <pre>
     *       +----------------------- WAITS <---------------------+
     *       |                       ^     |                       |
     *       v        it returns     |     v                       |
     *   BEING_READ -----------------+  BETWEEN_READS              |
     *       |                       |     ^   |                   |
     *       |                       |     |   +--> BEING_READ     |
     *       +---> RESUMED ----------+-----+                       |
     *
     *   from each of these: AT_ONCE ---> BEING_READ ... WAITS ----+
     * </pre>
     *
     * If the callback runs elsewhere, the bytes are handed over in WAITS, which is followed by RESUMED.
     */
    public enum Unread {
        /** When bytes are received, or the handler resumes. */
        WAITS,
        /** The callback that received the bytes is running on the strand. */
        BEING_READ,
        /** The callback has resumed: it waits for more bytes, unless it consumes some. */
        RESUMED,
        /** When no read is outstanding. */
        BETWEEN_READS,
        /** As soon as anything may be delivered. */
        AT_ONCE
    }

    public static final Transitions<Unread> UNREAD_TRANSITIONS = new Transitions<>(Unread.class)
            .allow(Unread.WAITS, EnumSet.of(Unread.BEING_READ, Unread.RESUMED, Unread.BETWEEN_READS, Unread.AT_ONCE))
            .allow(Unread.BEING_READ, EnumSet.of(Unread.WAITS, Unread.RESUMED, Unread.AT_ONCE))
            .allow(Unread.RESUMED, EnumSet.of(Unread.WAITS, Unread.BETWEEN_READS, Unread.AT_ONCE))
            .allow(Unread.BETWEEN_READS, EnumSet.of(Unread.WAITS, Unread.BEING_READ, Unread.AT_ONCE))
            .allow(Unread.AT_ONCE, EnumSet.of(Unread.WAITS, Unread.BEING_READ));

    private static final VarHandle NETWORK_BYTES =
            Fields.handle(MethodHandles.lookup(), Input.class, "networkBytes", long.class);
    private static final VarHandle APPLICATION_BYTES =
            Fields.handle(MethodHandles.lookup(), Input.class, "applicationBytes", long.class);

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final Strand strand;
    private final Machine machine;

    /** Between reads, its buffer holds received bytes that have not been decoded, from position to limit. */
    private @Nullable Lease network;

    /** Whether the network buffer has held bytes received without a session, which are or may be plaintext. */
    private boolean heldPlaintext;

    /** Its buffer holds decoded bytes that the handler has not read, from position to limit. */
    private @Nullable Lease application;

    private int decodedLength;

    /** Created for the first read after unread bytes of a plain connection. */
    private @Nullable UnreadFront front;

    /** The result of the last read; written by its completion, published by the signal. */
    private int received;

    private @Nullable Throwable failure;

    /** The number of bytes received from the socket, and the number of application bytes read by the handler. */
    private long networkBytes;

    private long applicationBytes;
    private byte readSize = ReadSizing.FIRST;
    private boolean reading;
    private Stream stream = Stream.RUNNING;
    private Unread unread = Unread.WAITS;

    /** Whether the handler has paused. */
    private boolean paused;

    public Input(Strand strand, Machine machine) {
        this.strand = strand;
        this.machine = machine;
    }

    // The read

    public boolean reading() {
        return reading;
    }

    /** Records that the read has completed, for a turn that has failed. */
    public void returned() {
        reading = false;
    }

    /** Records that a read, if outstanding, will never complete. */
    public void lost() {
        failure = reading && failure == null ? Transport.LOST : failure;
        reading = false;
    }

    /**
     * Handles the result of a read, in the turn after its completion. A second completion, by a channel that threw
     * although it had started the read, has no effect.
     *
     * @return the failure, or null
     */
    public @Nullable Throwable received(Filter filter) {
        if (!reading) {
            return null;
        }
        reading = false;
        if (network == null) {
            throw new IllegalStateException("a read completed that had not been started");
        }
        ByteBuffer buffer = network.buffer();
        if (failure != null) {
            buffer.flip();
            return failure;
        }
        NETWORK_BYTES.setOpaque(this, networkBytes + Math.max(0, received));
        heldPlaintext |= filter.session() == null;
        readSize = ReadSizing.after(readSize, buffer);
        buffer.flip().position(front == null ? 0 : front.begin());
        if (received < 0) {
            become(Stream.ENDED);
        }
        return null;
    }

    /** Starts the next read, unless one is outstanding or the stream has ended. */
    public void read(Filter filter, Transport transport) {
        if (reading || stream != Stream.RUNNING) {
            return;
        }
        int size = ReadSizing.bytes(readSize);
        Lease lease = network;
        ByteBuffer buffer = lease == null ? EMPTY : lease.buffer();
        if (lease != null && buffer.hasRemaining()) {
            buffer = makeRoom(lease, size, filter);
        } else if (buffer.capacity() != size) {
            buffer = emptyBuffer(size);
        } else {
            buffer.clear();
        }
        start(buffer, filter, transport);
    }

    /** Replaces the network buffer. */
    private ByteBuffer emptyBuffer(int size) {
        Lease lease = network;
        network = null;
        release(lease);
        Lease fresh = machine.buffers().lease(size);
        network = fresh;
        return fresh.buffer();
    }

    /**
     * Reads ahead once while the handler has paused, so that a disconnected peer is noticed. The bytes are held, and
     * nothing more is read until the handler resumes.
     */
    public void readAhead(Filter filter, Transport transport) {
        if (!reading && (network == null || !network.buffer().hasRemaining())) {
            read(filter, transport);
        }
    }

    /** Reads and discards what the peer still sends after our close, with a single buffer for any amount. */
    public void discard(Filter filter, Transport transport) {
        if (reading || stream != Stream.RUNNING) {
            return;
        }
        int size = ReadSizing.bytes(readSize);
        Lease lease = network;
        ByteBuffer buffer =
                lease != null && lease.capacity() == size ? lease.buffer().clear() : emptyBuffer(size);
        start(buffer, filter, transport);
    }

    private void start(ByteBuffer target, Filter filter, Transport transport) {
        if (target.position() > 0 && filter.transparent()) {
            front = front == null ? new UnreadFront() : front;
        }
        reading = true;
        if (front != null) {
            front.readBehind(target.position());
        }
        transport.read(target, this);
    }

    /** Keeps the undecoded bytes in a buffer that grows until it can hold what the filter waits for. */
    private ByteBuffer makeRoom(Lease lease, int size, Filter filter) {
        ByteBuffer buffer = lease.buffer();
        int kept = buffer.remaining();
        int wanted = Math.max(filter.networkSpace(), kept + ReadSizing.SMALLEST);
        int needed = Math.max(Math.min(wanted, ReadSizing.roomFor(kept)), size);
        if (lease.capacity() >= needed) {
            appendTo(buffer);
            return buffer;
        }
        Lease larger = machine.buffers().lease(needed);
        ByteBuffer roomier = larger.buffer().put(buffer);
        network = larger;
        boolean copiedPlaintext = heldPlaintext;
        release(lease);
        heldPlaintext = copiedPlaintext;
        return roomier;
    }

    /** Prepares a buffer to be filled after its remaining bytes, which are not moved if they are at the beginning. */
    private static void appendTo(ByteBuffer buffer) {
        if (buffer.position() > 0) {
            buffer.compact();
        } else {
            buffer.position(buffer.limit()).limit(buffer.capacity());
        }
    }

    // The end of the stream

    private void become(Stream next) {
        stream = TRANSITIONS.follow(stream, next);
    }

    /** Returns whether no more bytes come through this filter, or any that do would have another meaning. */
    public boolean ended() {
        return stream != Stream.RUNNING;
    }

    /** Returns whether there may be more work for the handler although no bytes are left to decode. */
    public boolean goesOn() {
        return stream != Stream.RUNNING || again();
    }

    /** Whether a handler has received the end of the stream, be it a previous one. */
    public boolean endDelivered() {
        return stream == Stream.DELIVERED || stream == Stream.OWED;
    }

    /** Whether there is nothing more to deliver to the current handler. */
    public boolean finished() {
        return stream == Stream.DELIVERED;
    }

    /** Records that the filter's stream has ended, within the received bytes. */
    public void close() {
        if (stream == Stream.RUNNING) {
            become(Stream.CLOSED);
        }
    }

    /** Returns whether the end is to be delivered now; it then counts as delivered. */
    public boolean takeEnd() {
        boolean there = stream == Stream.CLOSED || stream == Stream.ENDED || stream == Stream.OWED;
        if (there) {
            become(Stream.DELIVERED);
        }
        return there;
    }

    /** Another handler takes over: it receives what was left unread, and the end. */
    public void handlerReplaced() {
        if (stream == Stream.DELIVERED) {
            become(Stream.OWED);
        }
        presentAgain();
    }

    /** Another filter takes over the stream. */
    public void filterReplaced() {
        presentAgain();
    }

    /** The TLS stream has ended, and the connection continues without it. */
    public void restart() {
        if (stream == Stream.CLOSED) {
            become(Stream.RUNNING);
        }
        presentBetweenReads();
    }

    // The received bytes

    /** Returns whether there may be something to deliver even if a read is outstanding. */
    public boolean presents(Filter filter) {
        boolean there =
                !reading || (unread == Unread.AT_ONCE && (filter.transparent() ? holdsFront() : holdsDecoded()));
        return there && stream != Stream.DELIVERED;
    }

    /**
     * Lends the handler bytes that came through a transparent filter: those of the last read, once for each read, or
     * those that are to be presented again.
     *
     * @return lent to the callback; null if there are none
     */
    public @Nullable ByteBuffer lendPlain() {
        Lease lease = network;
        if (lease == null) {
            return null;
        }
        if (reading) {
            return front == null || front.isEmpty() ? null : front.lend(lease.buffer());
        }
        if (!lease.buffer().hasRemaining()) {
            return null;
        }
        boolean fresh = received > 0;
        received = 0;
        return fresh || again() ? lease.buffer() : null;
    }

    /** Removes what the handler has consumed of the front, even if the read has completed meanwhile. */
    public void takeFrontBack() {
        if (front == null || network == null) {
            return;
        }
        int taken = front.takeBack();
        if (!reading) {
            network.buffer().position(network.buffer().position() + taken);
        }
    }

    /** Returns the bytes that were received and not decoded; empty while the read uses the buffer. */
    public ByteBuffer source() {
        return network == null || reading ? EMPTY : network.buffer();
    }

    /**
     * Returns the application buffer, ready to be filled after the unread bytes, with the room that the filter needs.
     */
    public ByteBuffer room(Filter filter) {
        int room = filter.applicationSpace();
        Lease lease = application;
        if (lease == null) {
            lease = machine.buffers().lease(room);
            application = lease;
            return lease.buffer();
        }
        ByteBuffer buffer = lease.buffer();
        int kept = buffer.remaining();
        if (buffer.capacity() - kept >= room) {
            appendTo(buffer);
            return buffer;
        }
        Lease larger = machine.buffers().lease(kept + room);
        larger.buffer().put(buffer);
        application = larger;
        lease.releaseWiped(decodedLength);
        return larger.buffer();
    }

    /** Records that the application buffer has been filled. */
    public void filled(ByteBuffer target) {
        target.flip();
        decodedLength = Math.max(decodedLength, target.limit());
    }

    /** Returns the decoded unread bytes, or null. */
    public @Nullable ByteBuffer decoded() {
        Lease lease = application;
        return lease != null && lease.buffer().hasRemaining() ? lease.buffer() : null;
    }

    /** Releases the buffer if the handler has returned and has read it completely. */
    public void dropEmpty() {
        if (application != null && !application.buffer().hasRemaining()) {
            dropDecoded();
        }
    }

    /** Releases the buffer of decoded bytes, which have been read. */
    public void dropDecoded() {
        Lease lease = application;
        application = null;
        if (lease != null) {
            lease.releaseWiped(decodedLength);
            decodedLength = 0;
        }
    }

    /** Returns whether more than the given number of received bytes, or any decoded ones, have not been consumed. */
    public boolean holdsMoreThan(long bytes) {
        ByteBuffer source = source();
        return holdsDecoded() || (reading ? holdsFront() : source.remaining() > bytes);
    }

    /** Returns whether the handler has left decoded bytes unread. */
    public boolean holdsDecoded() {
        return decoded() != null;
    }

    private boolean holdsFront() {
        return front != null && !front.isEmpty();
    }

    /** Returns the number of bytes received. May be called from any thread, which may see an older value. */
    public long networkBytes() {
        return (long) NETWORK_BYTES.getOpaque(this);
    }

    /** Returns the number of bytes that the handler has read. May be called from any thread, as above. */
    public long applicationBytes() {
        return (long) APPLICATION_BYTES.getOpaque(this);
    }

    /** Returns the approximate number of bytes held from the pool. May be called from any thread. */
    public int held() {
        Lease ofNetwork = network;
        Lease ofApplication = application;
        return (ofNetwork == null ? 0 : ofNetwork.capacity()) + (ofApplication == null ? 0 : ofApplication.capacity());
    }

    // Pausing and presenting

    private void become(Unread next) {
        if (next != unread) {
            unread = UNREAD_TRANSITIONS.follow(unread, next);
        }
    }

    /** Returns whether the handler has paused. */
    public boolean paused() {
        return paused;
    }

    public void pause() {
        paused = true;
    }

    /** Resumes, outside the callback that has left bytes unread; these are presented at once. */
    public void resume() {
        if (unread == Unread.BEING_READ || unread == Unread.RESUMED) {
            resumeWithinCallback();
        } else {
            paused = false;
            presentAgain();
        }
    }

    /** Resumes, within the callback that receives bytes, on any thread. */
    public void resumeWithinCallback() {
        paused = false;
        if (unread != Unread.AT_ONCE) {
            become(Unread.RESUMED);
        }
    }

    /** Presents the unread bytes again even if nothing changes. */
    public void presentAgain() {
        become(Unread.AT_ONCE);
    }

    /** Presents the unread bytes again, but not while a read is outstanding. */
    void presentBetweenReads() {
        if (unread != Unread.AT_ONCE) {
            become(Unread.BETWEEN_READS);
        }
    }

    /** Returns whether the unread bytes are to be presented again. */
    public boolean again() {
        return unread == Unread.AT_ONCE || unread == Unread.BETWEEN_READS;
    }

    /** Returns whether bytes have been received that were not presented since the handler resumed. */
    public boolean resumedLate() {
        return unread == Unread.AT_ONCE && stream == Stream.RUNNING && source().hasRemaining();
    }

    /** Records that all bytes are being presented to the handler, or that there are none. */
    public void shown() {
        become(Unread.WAITS);
    }

    /** Records that the callback begins, on the strand. */
    public void callbackBegins() {
        become(Unread.BEING_READ);
    }

    /** Records that the callback has returned, on any thread, having consumed the given number of bytes. */
    public void callbackEnds(int taken) {
        APPLICATION_BYTES.setOpaque(this, applicationBytes + taken);
        if (unread == Unread.RESUMED && taken > 0) {
            presentBetweenReads();
        } else if (unread == Unread.BEING_READ || unread == Unread.RESUMED) {
            become(Unread.WAITS);
        }
    }

    // The end

    /** Wipes the buffer if it held plaintext, even before an upgrade. */
    private void release(@Nullable Lease lease) {
        if (lease != null) {
            lease.releaseWiped(heldPlaintext ? lease.capacity() : 0);
        }
        heldPlaintext = false;
    }

    /**
     * Releases everything. The connection must have ended, and no read may be outstanding.
     *
     * @return whether a buffer had to be abandoned, because the socket may still access it
     */
    public boolean end(Transport transport) {
        Lease ofNetwork = network;
        Lease ofApplication = application;
        network = null;
        application = null;
        boolean lost = false;
        try {
            if (ofNetwork != null && transport.mayGoOnAfter(failure)) {
                lost = true;
                ofNetwork.abandon();
            } else {
                release(ofNetwork);
            }
        } finally {
            if (ofApplication != null) {
                ofApplication.releaseWiped(decodedLength);
            }
        }
        return lost;
    }

    /** Called when the read has completed: keeps the result for the turn. */
    @Override
    public void completed(Integer count, Void none) {
        received = count;
        strand.signal(Signal.READ_DONE);
    }

    @Override
    public void failed(Throwable cause, Void none) {
        failure = cause;
        strand.signal(Signal.READ_DONE);
    }
}
