// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.states.Transitions;
import io.portcullis.internal.wire.Transport;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The one socket write of a connection that is under way: what it reads, how far it is, and what has come of it. It
 * reads the network buffer, which is filled before and kept until all of it is written, or segments of the
 * {@link WriteQueue}, which belong to that. Touched by the strand alone, the completion handler excepted, and what says
 * otherwise.
 *
 * <p>A write that completes inside the call that starts it is accounted for there, and raises no signal.
 */
public final class SocketWrite implements CompletionHandler<Integer, Void> {
    /**
     * How far it is.
     *
     * <pre>
     *     +---------------------------------+
     *     v                                 |
     *   NONE --> STARTING --> BACK -------->+--> REST
     *              ^  |                     ^     |
     *              |  +-----> OUT ----------+     |
     *              +------------------------------+
     * </pre>
     */
    public enum State {
        NONE,
        /** It is being started: a completion on this thread comes from within that call. */
        STARTING,
        /** It has completed there. */
        BACK,
        /** It is outstanding. */
        OUT,
        /** It took a part of the network buffer; the rest is to be written by another one, before anything else. */
        REST
    }

    public static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.NONE, EnumSet.of(State.STARTING))
            .allow(State.STARTING, EnumSet.of(State.BACK, State.OUT))
            .allow(State.BACK, EnumSet.of(State.NONE, State.REST))
            .allow(State.OUT, EnumSet.of(State.NONE, State.REST))
            .allow(State.REST, EnumSet.of(State.STARTING));

    /**
     * What the network buffer holds.
     *
     * <pre>
     *   FULL <--> RECORDS <--> PLAINTEXT
     * </pre>
     */
    public enum Contents {
        /** What the filter has encoded, if anything. */
        RECORDS,
        /** The same, and there was no room for what the filter has to say next: so until that is encoded. */
        FULL,
        /** Bytes of the application as they are, which are wiped. */
        PLAINTEXT
    }

    public static final Transitions<Contents> CONTENTS_TRANSITIONS = new Transitions<>(Contents.class)
            .allow(Contents.RECORDS, EnumSet.of(Contents.FULL, Contents.PLAINTEXT))
            .allow(Contents.FULL, EnumSet.of(Contents.RECORDS))
            .allow(Contents.PLAINTEXT, EnumSet.of(Contents.RECORDS));

    private static final VarHandle NETWORK_BYTES =
            Fields.handle(MethodHandles.lookup(), SocketWrite.class, "networkBytes", long.class);

    private final Strand strand;
    private State state = State.NONE;
    private @Nullable Lease network;
    private Contents contents = Contents.RECORDS;

    /** What the last one took; written by its completion, published by the signal. */
    private long taken;

    private @Nullable Throwable failure;

    /** How many bytes the operating system has taken so far. */
    private long networkBytes;

    public SocketWrite(Strand strand) {
        this.strand = strand;
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    // How far it is.

    /**
     * Whether something is being written, so that nothing else can be encoded; from any thread, too, which may see less
     * than the turn that runs.
     */
    public boolean underWay() {
        return state != State.NONE;
    }

    /** Whether it has not come back, or has not been accounted for. */
    public boolean outstanding() {
        return switch (state) {
            case STARTING, BACK, OUT -> true;
            case NONE, REST -> false;
        };
    }

    /** Whether it has completed inside the call that started it, and waits to be accounted for. */
    public boolean back() {
        return state == State.BACK;
    }

    /** Whether the network buffer was written in part. */
    boolean hasRest() {
        return state == State.REST;
    }

    /** How many bytes the operating system has taken; from any thread, which may see less than the turn that runs. */
    public long networkBytes() {
        return (long) NETWORK_BYTES.getOpaque(this);
    }

    // The network buffer.

    /** Lent to the caller; null if there is none. */
    @Nullable
    Lease network() {
        return network;
    }

    /** How much of the pool it holds, more or less; from any thread. */
    int held() {
        Lease lease = network;
        return lease == null ? 0 : lease.capacity();
    }

    /** Takes over a lease for what the filter encodes. */
    void useForRecords(Lease lease) {
        network = lease;
    }

    /** Takes over a lease for bytes of the application as they are. */
    void useForPlaintext(Lease lease) {
        network = lease;
        contents = CONTENTS_TRANSITIONS.follow(contents, Contents.PLAINTEXT);
    }

    /** There is no room for what the filter has to say next. */
    void becomeFull() {
        contents = CONTENTS_TRANSITIONS.follow(contents, Contents.FULL);
    }

    boolean full() {
        return contents == Contents.FULL;
    }

    /** More is encoded, and it will be seen whether there is room for it. */
    void encodesMore() {
        if (contents == Contents.FULL) {
            contents = CONTENTS_TRANSITIONS.follow(contents, Contents.RECORDS);
        }
    }

    /** Gives the buffer back if nothing was encoded into it. */
    void dropEmpty() {
        if (network != null && network.buffer().position() == 0) {
            release();
        }
    }

    /** What is in the buffer has left, or never will. Forgotten before it is given back, whatever fails behind that. */
    void release() {
        Lease lease = network;
        boolean wipes = contents == Contents.PLAINTEXT;
        network = null;
        if (wipes) {
            contents = CONTENTS_TRANSITIONS.follow(contents, Contents.RECORDS);
        }
        if (lease != null) {
            lease.releaseWiped(wipes ? lease.buffer().limit() : 0);
        }
    }

    /** Gives the buffer up, which the last write may still read; returns whether there is one. */
    boolean abandon() {
        Lease lease = network;
        network = null;
        if (lease != null) {
            lease.abandon();
        }
        return lease != null;
    }

    // The write.

    /** Writes what the network buffer holds, or the rest of it; returns whether there is one. */
    boolean startFromBuffer(Transport transport) {
        Lease lease = network;
        if (lease == null) {
            return false;
        }
        ByteBuffer source = lease.buffer();
        start(hasRest() ? source : source.flip(), transport);
        return true;
    }

    /** Writes a segment, which nobody else touches until it has been accounted for. */
    void start(ByteBuffer source, Transport transport) {
        become(State.STARTING);
        try {
            transport.write(source, this);
        } finally {
            started();
        }
    }

    /** The same for several. */
    void start(ByteBuffer[] sources, Transport transport) {
        Gathering completion = new Gathering();
        become(State.STARTING);
        try {
            transport.write(sources, completion);
        } finally {
            started();
        }
    }

    private void started() {
        if (state == State.STARTING) {
            become(State.OUT);
        }
    }

    /** What has come of the attempt to write something. */
    Sending sending() {
        return switch (state) {
            case NONE, REST -> Sending.NOTHING;
            case BACK -> Sending.BACK;
            case STARTING, OUT -> Sending.OUT;
        };
    }

    /**
     * One that was outstanding has completed: accounts for it, and gives the network buffer back if all of that is
     * written.
     *
     * @return whether it has not failed
     */
    boolean accountFor() {
        if (failure != null) {
            become(State.NONE);
            return false;
        }
        NETWORK_BYTES.setOpaque(this, networkBytes + taken);
        if (network != null && network.buffer().hasRemaining()) {
            become(State.REST);
        } else {
            become(State.NONE);
            release();
        }
        return true;
    }

    /** How many bytes the last one took that has not failed. */
    long taken() {
        return taken;
    }

    /** Why the last one has failed, or null. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** It has come back, if it was outstanding, to a turn that has failed. */
    public void returned() {
        if (outstanding()) {
            become(State.NONE);
        }
    }

    /** It will never come back, if it is outstanding. */
    public void lost() {
        if (outstanding()) {
            failure = failure == null ? Transport.LOST : failure;
            become(State.NONE);
        }
    }

    /** Whether buffers of writes that fail may still be read by the system, and must be lent to nobody else. */
    public boolean mayBeTouched(Transport transport) {
        return transport.mayGoOnAfter(failure);
    }

    /** It has ended: keeps the result for the turn. */
    @Override
    public void completed(Integer count, Void none) {
        taken = count;
        comesBack();
    }

    @Override
    public void failed(Throwable cause, Void none) {
        failsWith(cause);
    }

    private void failsWith(Throwable cause) {
        failure = cause;
        comesBack();
    }

    /** Within the call that has started it no turn need follow: this one goes on. */
    private void comesBack() {
        if (strand.isCurrent() && state == State.STARTING) {
            become(State.BACK);
        } else {
            strand.signal(Signal.WRITE_DONE);
        }
    }

    /** The same for a write of several segments, whose count is a long. */
    private final class Gathering implements CompletionHandler<Long, Void> {
        @Override
        public void completed(Long count, Void none) {
            taken = count;
            comesBack();
        }

        @Override
        public void failed(Throwable cause, Void none) {
            failsWith(cause);
        }
    }
}
