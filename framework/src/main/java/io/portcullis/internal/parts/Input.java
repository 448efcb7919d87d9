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
 * What has come from the peer, and is not taken yet: the buffers of the way in, the read that fills them, and how far
 * the stream has come to its end.
 *
 * <p>While the connection waits it pins one small network buffer; the buffer grows while reads fill it and shrinks
 * again when they do not. The application buffer is leased for the turn, and kept longer only for what the handler left
 * unread. Through a transparent filter the network buffer is the application buffer. A lease is forgotten before it is
 * given back, and before the next one is taken: taking one may fail. Touched by the strand alone, the completion
 * handler excepted, which only raises a signal.
 *
 * <p>What is left unread is not presented again before something has changed: bytes have come, the handler has resumed,
 * or it has been promised to be called again. One that resumes within the callback that was lent the bytes has seen
 * them, and waits for more, unless it has taken some.
 */
public final class Input implements CompletionHandler<Integer, Void> {
    /**
     * How far the stream is.
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
        /** More may come. */
        RUNNING,
        /** The filter's stream has ended: the network's has not, and may go on without TLS. */
        CLOSED,
        /** The network has ended. */
        ENDED,
        /** The handler has received the end. */
        DELIVERED,
        /** A previous handler has received the end, and the current one has yet to. */
        OWED
    }

    public static final Transitions<Stream> TRANSITIONS = new Transitions<>(Stream.class)
            .allow(Stream.RUNNING, EnumSet.of(Stream.CLOSED, Stream.ENDED))
            .allow(Stream.CLOSED, EnumSet.of(Stream.RUNNING, Stream.DELIVERED))
            .allow(Stream.ENDED, EnumSet.of(Stream.DELIVERED))
            .allow(Stream.DELIVERED, EnumSet.of(Stream.OWED))
            .allow(Stream.OWED, EnumSet.of(Stream.DELIVERED));

    /**
     * When the handler is presented what it has left unread, although nothing has come.
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
     * A callback that runs elsewhere is given bytes in WAITS, and goes from there to RESUMED.
     */
    public enum Unread {
        /** When something has come, or the handler resumes. */
        WAITS,
        /** The callback that is given the bytes runs, on the strand. */
        BEING_READ,
        /** The callback that is given the bytes has resumed: it waits for more, unless it takes some. */
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

    /** Between reads its buffer holds, from position to limit, what was received and not decoded. */
    private @Nullable Lease network;

    /** Whether the network buffer has held what came without a session, which is plain, or may be. */
    private boolean heldPlaintext;

    /** Its buffer holds, from position to limit, what was decoded and not read by the handler. */
    private @Nullable Lease application;

    private int decodedLength;

    /** Made for the first read that starts behind unread bytes of a plain connection. */
    private @Nullable UnreadFront front;

    /** What the last read brought; written by its completion, published by the signal. */
    private int received;

    private @Nullable Throwable failure;

    /** How many the socket has brought so far, and how many of the application's the handler has read. */
    private long networkBytes;

    private long applicationBytes;
    private byte readSize = ReadSizing.FIRST;
    private boolean reading;
    private Stream stream = Stream.RUNNING;
    private Unread unread = Unread.WAITS;

    /** What the handler wants, whatever becomes of the bytes meanwhile. */
    private boolean paused;

    public Input(Strand strand, Machine machine) {
        this.strand = strand;
        this.machine = machine;
    }

    // The read.

    public boolean reading() {
        return reading;
    }

    /** The read has come back, to a turn that has failed. */
    public void returned() {
        reading = false;
    }

    /** The read, if one is outstanding, will never come back. */
    public void lost() {
        failure = reading && failure == null ? Transport.LOST : failure;
        reading = false;
    }

    /**
     * In the turn that follows a completion; a second one, of a channel that threw although it had begun, changes
     * nothing.
     *
     * @return why it has failed, or null
     */
    public @Nullable Throwable received(Filter filter) {
        if (!reading) {
            return null;
        }
        reading = false;
        if (network == null) {
            throw new IllegalStateException("a read completed that was not started");
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

    /** In place of the one that there is. */
    private ByteBuffer emptyBuffer(int size) {
        Lease lease = network;
        network = null;
        release(lease);
        Lease fresh = machine.buffers().lease(size);
        network = fresh;
        return fresh.buffer();
    }

    /**
     * While the handler has paused: one read is outstanding all the same, so that a peer that has gone is noticed. What
     * it brings is held, and nothing more is read until the handler resumes.
     */
    public void readAhead(Filter filter, Transport transport) {
        if (!reading && (network == null || !network.buffer().hasRemaining())) {
            read(filter, transport);
        }
    }

    /** Reads what the peer still sends after our close, and forgets it, in one buffer, however much that is. */
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

    /** Keeps what is not decoded, in a buffer that grows with it until it can hold what the filter waits for. */
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

    /**
     * Makes a buffer ready to be filled behind what remains in it, which stays where it is if it is at the beginning.
     */
    private static void appendTo(ByteBuffer buffer) {
        if (buffer.position() > 0) {
            buffer.compact();
        } else {
            buffer.position(buffer.limit()).limit(buffer.capacity());
        }
    }

    // The end of the stream.

    private void become(Stream next) {
        stream = TRANSITIONS.follow(stream, next);
    }

    /** Whether nothing more comes through this filter, or what does would mean something else. */
    public boolean ended() {
        return stream != Stream.RUNNING;
    }

    /** Whether there may be more to do for the handler although no bytes are left to be decoded. */
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

    /** The filter's stream has ended, in what was received. */
    public void close() {
        if (stream == Stream.RUNNING) {
            become(Stream.CLOSED);
        }
    }

    /** Returns whether the end is to be delivered now; from then on it counts as delivered. */
    public boolean takeEnd() {
        boolean there = stream == Stream.CLOSED || stream == Stream.ENDED || stream == Stream.OWED;
        if (there) {
            become(Stream.DELIVERED);
        }
        return there;
    }

    /** Another handler takes over: it receives what was left unread, and the end, if that was delivered before. */
    public void handlerReplaced() {
        if (stream == Stream.DELIVERED) {
            become(Stream.OWED);
        }
        presentAgain();
    }

    /** Another filter has the stream from here. */
    public void filterReplaced() {
        presentAgain();
    }

    /** The TLS stream has ended, and the connection goes on behind it. */
    public void restart() {
        if (stream == Stream.CLOSED) {
            become(Stream.RUNNING);
        }
        presentBetweenReads();
    }

    // What has come.

    /** Whether there may be something to deliver although a read is outstanding, if one is. */
    public boolean presents(Filter filter) {
        boolean there =
                !reading || (unread == Unread.AT_ONCE && (filter.transparent() ? holdsFront() : holdsDecoded()));
        return there && stream != Stream.DELIVERED;
    }

    /**
     * Lends the handler what it is to see of what came through a transparent filter: what the last read has brought,
     * each time once, or what is to be presented once more.
     *
     * @return lent to the callback; null if there is nothing to see
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

    /** The handler has returned: what it took of the front is gone, also if the read has completed meanwhile. */
    public void takeFrontBack() {
        if (front == null || network == null) {
            return;
        }
        int taken = front.takeBack();
        if (!reading) {
            network.buffer().position(network.buffer().position() + taken);
        }
    }

    /** What was received and not decoded; nothing while the buffer is the read's. */
    public ByteBuffer source() {
        return network == null || reading ? EMPTY : network.buffer();
    }

    /** The application buffer, ready to be filled behind what is unread, with the room that the filter asks for. */
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

    /** The application buffer has been filled. */
    public void filled(ByteBuffer target) {
        target.flip();
        decodedLength = Math.max(decodedLength, target.limit());
    }

    /** What was decoded and is unread, or null. */
    public @Nullable ByteBuffer decoded() {
        Lease lease = application;
        return lease != null && lease.buffer().hasRemaining() ? lease.buffer() : null;
    }

    /** Gives the buffer back if the handler, who has returned, has read it to its end. */
    public void dropEmpty() {
        if (application != null && !application.buffer().hasRemaining()) {
            dropDecoded();
        }
    }

    /** What was decoded is read: gives its buffer back. */
    public void dropDecoded() {
        Lease lease = application;
        application = null;
        if (lease != null) {
            lease.releaseWiped(decodedLength);
            decodedLength = 0;
        }
    }

    /** Whether more was received than so many bytes that nobody has taken, or anything decoded. */
    public boolean holdsMoreThan(long bytes) {
        ByteBuffer source = source();
        return holdsDecoded() || (reading ? holdsFront() : source.remaining() > bytes);
    }

    /** Whether something was decoded that the handler has left unread. */
    public boolean holdsDecoded() {
        return decoded() != null;
    }

    private boolean holdsFront() {
        return front != null && !front.isEmpty();
    }

    /** How many bytes have come from the peer; from any thread, which may see less than the turn that runs. */
    public long networkBytes() {
        return (long) NETWORK_BYTES.getOpaque(this);
    }

    /** How many the handler has read; in the same way. */
    public long applicationBytes() {
        return (long) APPLICATION_BYTES.getOpaque(this);
    }

    /** How much of the pool is held, more or less; from any thread. */
    public int held() {
        Lease ofNetwork = network;
        Lease ofApplication = application;
        return (ofNetwork == null ? 0 : ofNetwork.capacity()) + (ofApplication == null ? 0 : ofApplication.capacity());
    }

    // What the handler wants of it.

    private void become(Unread next) {
        if (next != unread) {
            unread = UNREAD_TRANSITIONS.follow(unread, next);
        }
    }

    /** Whether it wants nothing at the moment. */
    public boolean paused() {
        return paused;
    }

    public void pause() {
        paused = true;
    }

    /** From elsewhere than the callback that has left something unread, that is presented at once. */
    public void resume() {
        if (unread == Unread.BEING_READ || unread == Unread.RESUMED) {
            resumeWithinCallback();
        } else {
            paused = false;
            presentAgain();
        }
    }

    /** From within the callback that is given bytes, wherever it runs. */
    public void resumeWithinCallback() {
        paused = false;
        if (unread != Unread.AT_ONCE) {
            become(Unread.RESUMED);
        }
    }

    /** Whoever stops short is called again. */
    public void presentAgain() {
        become(Unread.AT_ONCE);
    }

    /** The same, but not while a read is outstanding. */
    void presentBetweenReads() {
        if (unread != Unread.AT_ONCE) {
            become(Unread.BETWEEN_READS);
        }
    }

    /** Whether what is unread is to be presented once more. */
    public boolean again() {
        return unread == Unread.AT_ONCE || unread == Unread.BETWEEN_READS;
    }

    /** Whether something has come that was not looked at since the handler has resumed. */
    public boolean resumedLate() {
        return unread == Unread.AT_ONCE && stream == Stream.RUNNING && source().hasRemaining();
    }

    /** What there is to be seen is shown to the handler now, or there is nothing. */
    public void shown() {
        become(Unread.WAITS);
    }

    /** The callback that is given bytes begins, on the strand. */
    public void callbackBegins() {
        become(Unread.BEING_READ);
    }

    /** It has returned, wherever it ran, having taken so many of the bytes. */
    public void callbackEnds(int taken) {
        APPLICATION_BYTES.setOpaque(this, applicationBytes + taken);
        if (unread == Unread.RESUMED && taken > 0) {
            presentBetweenReads();
        } else if (unread == Unread.BEING_READ || unread == Unread.RESUMED) {
            become(Unread.WAITS);
        }
    }

    // The end.

    /** Wiped if it held plaintext, be it before an upgrade. */
    private void release(@Nullable Lease lease) {
        if (lease != null) {
            lease.releaseWiped(heldPlaintext ? lease.capacity() : 0);
        }
        heldPlaintext = false;
    }

    /**
     * The connection has ended and no read is outstanding: gives everything back.
     *
     * @return whether a buffer had to be given up, since the socket may still touch it
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

    /** The read has ended: keeps the result for the turn. */
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
