// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.Lease;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The way in: one socket read -> {@link Filter#decode} -> handler -> the next read.
 *
 * <p>While the connection waits it pins one small network buffer; the buffer grows while reads fill it and shrinks again
 * when they do not. The application buffer is leased for the turn, and kept longer only for what the handler left unread.
 * Through a transparent filter the network buffer is the application buffer. A lease is forgotten before it is given back,
 * and before the next one is taken: taking one may fail. Touched by the strand alone, the completion handler excepted,
 * which only raises a signal.
 */
final class InboundPath implements CompletionHandler<Integer, Void> {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final SocketConnection connection;
    private final Machine machine;

    /** Where the connection waits until its handshake may compute; there is one until that is over. */
    private @Nullable Turnstile turnstile;

    /** Between reads its buffer holds, from position to limit, what was received and not decoded. */
    private @Nullable Lease network;

    /** Whether the network buffer has held what came without a session, which is plain, or may be. */
    private boolean heldPlaintext;

    /** Its buffer holds, from position to limit, what was decoded and not read by the handler. */
    private @Nullable Lease application;

    /** Made for the first read that starts behind unread bytes of a plain connection. */
    private @Nullable UnreadFront front;

    /** What the last read brought; written by its completion, published by the signal. */
    private int received;

    private @Nullable Throwable failure;

    private int readSize = ReadSizing.FIRST;
    private boolean reading;
    private boolean ended;
    private boolean networkEnded;
    private boolean endTold;
    private boolean endDelivered;
    private boolean paused;
    private boolean presentAgain;

    /** Whether that need not wait for the read that is outstanding. */
    private boolean presentAtOnce;

    /** Whether the handler is within its callback. */
    private boolean delivering;

    /** Whether it has resumed there. */
    private boolean resumedWithin;

    private boolean waitsForOutput;
    private int decodedLength;

    InboundPath(SocketConnection connection, Machine machine) {
        this.connection = connection;
        this.machine = machine;
    }

    boolean reading() {
        return reading;
    }

    /** Whether the network has ended. */
    boolean ended() {
        return ended;
    }

    boolean paused() {
        return paused;
    }

    void pause() {
        paused = true;
    }

    /**
     * Delivers again; what the handler left unread is presented once more. From elsewhere than the callback that has left it, this
     * happens at once; a handler that resumes within that callback has seen the bytes and waits for more.
     */
    void resume() {
        if (delivering) {
            resumeWithinDelivery();
        } else {
            paused = false;
            presentAgain();
        }
    }

    /** The same, from within the callback that is given bytes. */
    void resumeWithinDelivery() {
        paused = false;
        resumedWithin = true;
    }

    /** The callback that was given bytes has returned. */
    void delivered(int taken) {
        presentAgain |= resumedWithin && taken > 0;
        resumedWithin = false;
    }

    /** Presents what is unread once more, as soon as anything may be delivered. */
    void presentAgain() {
        presentAgain = true;
        presentAtOnce = true;
    }

    /** The read has come back, to a turn that has failed. */
    void returned() {
        reading = false;
    }

    /** The read, if one is outstanding, will never come back. */
    void lost() {
        failure = reading && failure == null ? Transport.LOST : failure;
        reading = false;
    }

    /** In the turn that follows a completion; a second one, of a channel that threw although it had begun, changes nothing. */
    void received() {
        if (!reading) {
            return;
        }
        reading = false;
        Lease lease = network;
        if (lease == null) {
            throw new IllegalStateException("a read completed that was not started");
        }
        Throwable cause = failure;
        if (cause != null) {
            lease.buffer().flip();
            connection.ioFailed(cause);
            return;
        }
        connection.countReceived(received);
        heldPlaintext |= connection.filter().session() == null;
        readSize = ReadSizing.after(readSize, lease.buffer());
        lease.buffer().flip().position(front == null ? 0 : front.begin());
        networkEnded |= received < 0;
        ended |= networkEnded;
    }

    /**
     * Decodes and delivers as long as the handler takes it.
     *
     * @return whether anything happened that may let the other direction go on
     */
    boolean drain() throws TlsException {
        boolean moved = false;
        waitsForOutput = false;
        takeFrontBack();
        while (!endDelivered && connection.delivers(paused) && getsOn()) {
            Filter filter = connection.filter();
            if (!(filter.transparent() ? deliverNetwork() : decode(filter))) {
                break;
            }
            moved = true;
        }
        return moved;
    }

    /** Whether there may be something to decode or deliver although a read is outstanding, if one is. */
    private boolean getsOn() {
        return !reading || (presentAgain && presentAtOnce && holdsUnread()) || connection.goesOnWithoutInput();
    }

    /** Whether the handler has left something unread that can be presented while a read is outstanding. */
    private boolean holdsUnread() {
        return connection.filter().transparent() ? holdsFront() : holdsDecoded();
    }

    private boolean holdsFront() {
        return front != null && !front.isEmpty();
    }

    private boolean deliverNetwork() {
        return reading ? deliverFront() : deliverReceived();
    }

    private boolean deliverReceived() {
        Lease lease = network;
        int length = lease == null ? 0 : lease.buffer().remaining();
        if (lease == null || length == 0) {
            return deliverEnd();
        }
        boolean fresh = received > 0;
        received = 0;
        if (!fresh && !presentAgain) {
            return ended && deliverEnd();
        }
        deliver(lease.buffer());
        // The end waits behind what was presented again, also if nothing of that was taken
        return !connection.calling() && (ended || lease.buffer().remaining() < length);
    }

    private boolean deliverFront() {
        if (network == null || front == null || front.isEmpty()) {
            return false;
        }
        int begin = front.begin();
        deliver(front.lend(network.buffer()));
        takeFrontBack();
        return front.begin() > begin;
    }

    /** Once the handler has returned: what it took of the front is gone, also if the read has completed meanwhile. */
    private void takeFrontBack() {
        if (front == null || network == null || connection.calling()) {
            return;
        }
        int taken = front.takeBack();
        if (!reading) {
            network.buffer().position(network.buffer().position() + taken);
        }
    }

    private void deliver(ByteBuffer data) {
        presentAgain = false;
        presentAtOnce = false;
        delivering = true;
        try {
            connection.deliver(data);
        } finally {
            delivering = false;
        }
    }

    private boolean deliverEnd() {
        if (!ended || endDelivered) {
            return false;
        }
        endDelivered = true;
        connection.endOfInput();
        return false;
    }

    /** Decodes until the filter wants more; returns whether it is worth coming back at once. */
    private boolean decode(Filter filter) throws TlsException {
        if (presentAgain) {
            presentAgain = false;
            presentAtOnce = false;
            deliverApplication();
            dropEmptyApplication();
            if (!connection.delivers(paused)) {
                return false;
            }
        }
        if (ended && !endTold) {
            endTold = true;
            filter.closeInput();
        }
        ByteBuffer source = network == null || reading ? EMPTY : network.buffer();
        if (!mayDecode(filter, source)) {
            return false;
        }
        Lease lease = applicationRoom(filter);
        ByteBuffer target = lease.buffer();
        int unread = target.position();
        Step step;
        try {
            step = decodeAll(filter, source, target);
        } finally {
            target.flip();
            application = lease;
            decodedLength = Math.max(decodedLength, target.limit());
        }
        boolean fresh = target.limit() > unread;
        if (fresh) {
            deliverApplication();
        }
        dropEmptyApplication();
        if (fresh && step == Step.CLOSED) {
            // The handler may have paused: the end is told when the last bytes are.
            ended = true;
            return true;
        }
        return follow(step) || fresh;
    }

    /** Whether there is something for the filter that it may have now. */
    private boolean mayDecode(Filter filter, ByteBuffer source) {
        if (source.hasRemaining() ? !passes(filter, source) : hasNothing(filter)) {
            return false;
        }
        waitsForOutput |= connection.outputWaits() && filter.mayEnd(source);
        return !waitsForOutput;
    }

    /** Whether bytes may go to the filter now. */
    private boolean passes(Filter filter, ByteBuffer source) {
        if (turnstile == null && filter.handshaking()) {
            turnstile = new Turnstile(connection);
            connection.handshakeBegins();
        }
        return turnstile == null || !filter.computes(source) || turnstile.passes();
    }

    private boolean hasNothing(Filter filter) {
        return filter.session() != null && !ended && !filter.hasInput();
    }

    private Step decodeAll(Filter filter, ByteBuffer source, ByteBuffer target) throws TlsException {
        Step step = filter.decode(source, target);
        while (step == Step.PROGRESS && passes(filter, source) && !filter.mayEnd(source)) {
            step = filter.decode(source, target);
        }
        return step;
    }

    private boolean follow(Step step) throws TlsException {
        return switch (step) {
            case PROGRESS, NEED_SPACE -> true;
            case NEED_INPUT, NEED_DECODE -> false;
            case NEED_ENCODE -> {
                waitsForOutput = !connection.encodeNow();
                yield !waitsForOutput;
            }
            case RUN_TASK -> connection.runTask();
            case SECURED -> {
                connection.filterSecured();
                yield true;
            }
            case REPLACE -> {
                endTold = false;
                presentAgain();
                connection.replaceFilter();
                yield true;
            }
            case CLOSED -> {
                ended = true;
                yield !connection.inputStopped() && deliverEnd();
            }
        };
    }

    /** A lease whose buffer is ready to be filled behind what is unread, with the room that the filter asks for. */
    private Lease applicationRoom(Filter filter) {
        int room = filter.applicationSpace();
        Lease lease = application;
        if (lease == null) {
            return machine.buffers().lease(room);
        }
        ByteBuffer buffer = lease.buffer();
        int unread = buffer.remaining();
        if (buffer.capacity() - unread >= room) {
            appendTo(buffer);
            return lease;
        }
        Lease larger = machine.buffers().lease(unread + room);
        larger.buffer().put(buffer);
        application = larger;
        lease.releaseWiped(decodedLength);
        return larger;
    }

    private void deliverApplication() {
        Lease lease = application;
        if (lease != null && lease.buffer().hasRemaining()) {
            deliver(lease.buffer());
        }
    }

    /** Gives the buffer back that the handler has read to its end. */
    void dropEmptyApplication() {
        Lease lease = application;
        if (lease != null && !connection.calling() && !lease.buffer().hasRemaining()) {
            application = null;
            lease.releaseWiped(decodedLength);
            decodedLength = 0;
        }
    }

    /** Nothing more can be done before the peer is heard. */
    void peerAwaited() {
        if (turnstile != null) {
            turnstile.peerAwaited();
        }
    }

    /** The handshake is over, however it went: another one may run. */
    void handshakeOver() {
        if (turnstile != null) {
            turnstile.leave();
            turnstile = null;
        }
    }

    /** Starts the next read, unless one is outstanding or the network has ended. */
    void read(Filter filter) {
        if (reading || ended || waitsForOutput || (turnstile != null && turnstile.waiting())) {
            return;
        }
        int size = ReadSizing.bytes(readSize);
        Lease lease = network;
        if (lease != null && lease.buffer().hasRemaining()) {
            lease = makeRoom(lease, size, filter);
        } else if (lease == null || lease.capacity() != size) {
            network = null;
            release(lease);
            lease = machine.buffers().lease(size);
        } else {
            lease.buffer().clear();
        }
        network = lease;
        start(lease.buffer());
    }

    /**
     * While the handler has paused: one read is outstanding all the same, so that a peer that has gone is noticed. What it brings is
     * held, and nothing more is read until the handler resumes.
     */
    void readAhead(Filter filter) {
        if (!reading && (network == null || !network.buffer().hasRemaining())) {
            read(filter);
        }
    }

    /** Keeps what is not decoded, in a buffer that grows with it until it can hold what the filter waits for. */
    private Lease makeRoom(Lease lease, int size, Filter filter) {
        ByteBuffer buffer = lease.buffer();
        int kept = buffer.remaining();
        int wanted = Math.max(filter.networkSpace(), kept + ReadSizing.SMALLEST);
        int needed = Math.max(Math.min(wanted, ReadSizing.roomFor(kept)), size);
        if (lease.capacity() >= needed) {
            appendTo(buffer);
            return lease;
        }
        Lease larger = machine.buffers().lease(needed);
        larger.buffer().put(buffer);
        network = larger;
        boolean copiedPlaintext = heldPlaintext;
        release(lease);
        heldPlaintext = copiedPlaintext;
        return larger;
    }

    /** Makes a buffer ready to be filled behind what remains in it, which stays where it is if it is at the beginning. */
    private static void appendTo(ByteBuffer buffer) {
        if (buffer.position() > 0) {
            buffer.compact();
        } else {
            buffer.position(buffer.limit()).limit(buffer.capacity());
        }
    }

    /** How much of the pool is held, more or less; from any thread. */
    int held() {
        Lease received = network;
        Lease decoded = application;
        return (received == null ? 0 : received.capacity()) + (decoded == null ? 0 : decoded.capacity());
    }

    /** Whether something was received, or decoded, that nobody has taken. */
    boolean holdsBytes() {
        return holdsDecoded()
                || (reading ? holdsFront() : network != null && network.buffer().hasRemaining());
    }

    /** Whether something was decoded that the handler has left unread. */
    boolean holdsDecoded() {
        return application != null && application.buffer().hasRemaining();
    }

    /** The TLS stream has ended, and the connection goes on behind it. */
    void restart() {
        ended = networkEnded;
        endTold = false;
        waitsForOutput = false;
        presentAgain = true;
    }

    /** Reads what the peer still sends after our close, and forgets it, in one buffer, however much that is. */
    void discard() {
        if (reading || ended) {
            return;
        }
        int size = ReadSizing.bytes(readSize);
        Lease lease = network;
        if (lease == null || lease.capacity() != size) {
            network = null;
            release(lease);
            lease = machine.buffers().lease(size);
            network = lease;
        }
        lease.buffer().clear();
        start(lease.buffer());
    }

    private void start(ByteBuffer target) {
        reading = true;
        if (target.position() > 0 && connection.filter().transparent()) {
            front = front == null ? new UnreadFront() : front;
        }
        if (front != null) {
            front.readBehind(target.position());
        }
        connection.transport.read(target, this);
    }

    /** Wiped if it held plaintext, be it before an upgrade. */
    private void release(@Nullable Lease lease) {
        if (lease != null) {
            lease.releaseWiped(heldPlaintext ? lease.capacity() : 0);
        }
        heldPlaintext = false;
    }

    /** The connection has ended and no read is outstanding: gives everything back. */
    void end() {
        Lease received = network;
        Lease decoded = application;
        network = null;
        application = null;
        try {
            if (received != null && connection.transport.mayGoOnAfter(failure)) {
                received.abandon();
                connection.buffersLost();
            } else {
                release(received);
            }
            if (decoded != null) {
                decoded.releaseWiped(decodedLength);
            }
        } finally {
            handshakeOver();
        }
    }

    /** The read has ended: keeps the result for the turn. */
    @Override
    public void completed(Integer count, Void none) {
        received = count;
        connection.signal(Signal.READ_DONE);
    }

    @Override
    public void failed(Throwable cause, Void none) {
        failure = cause;
        connection.signal(Signal.READ_DONE);
    }
}
