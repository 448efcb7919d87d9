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
 * The single socket write of a connection: its source, its progress and its result. It reads from the network buffer,
 * which is filled before and kept until all of it is written, or from segments of the {@link WriteQueue}, which belong
 * to the queue. Confined to the strand, except the completion handler and where stated otherwise.
 *
 * <p>A write that completes inside the call that starts it is processed there, without a signal.
 */
public final class SocketWrite implements CompletionHandler<Integer, Void> {
    /**
     * The progress of the write.
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
        /** The write is being started; a completion on this thread comes from within the call. */
        STARTING,
        /** It has completed inside the call. */
        BACK,
        /** It is outstanding. */
        OUT,
        /** It has written a part of the network buffer; the rest must be written before anything else. */
        REST
    }

    public static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.NONE, EnumSet.of(State.STARTING))
            .allow(State.STARTING, EnumSet.of(State.BACK, State.OUT))
            .allow(State.BACK, EnumSet.of(State.NONE, State.REST))
            .allow(State.OUT, EnumSet.of(State.NONE, State.REST))
            .allow(State.REST, EnumSet.of(State.STARTING));

    /**
     * The contents of the network buffer.
     *
     * <pre>
     *   FULL <--> RECORDS <--> PLAINTEXT
     * </pre>
     */
    public enum Contents {
        /** The filter's output, possibly none. */
        RECORDS,
        /** The filter's output, without room for the next record: nothing more is encoded until it has been written. */
        FULL,
        /** Application bytes without encoding, which are wiped. */
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

    /** The number of bytes written by the last write; written by its completion, published by the signal. */
    private long taken;

    private @Nullable Throwable failure;

    /** The total number of bytes accepted by the operating system. */
    private long networkBytes;

    public SocketWrite(Strand strand) {
        this.strand = strand;
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    // Progress

    /**
     * Returns whether something is being written, so that nothing else can be encoded. May be called from any thread,
     * which may see an older value.
     */
    public boolean underWay() {
        return state != State.NONE;
    }

    /** Returns whether it has not completed, or its completion has not been processed. */
    public boolean outstanding() {
        return switch (state) {
            case STARTING, BACK, OUT -> true;
            case NONE, REST -> false;
        };
    }

    /** Returns whether it has completed inside the call that started it, and has not been processed. */
    public boolean back() {
        return state == State.BACK;
    }

    /** Returns whether the network buffer was written partially. */
    boolean hasRest() {
        return state == State.REST;
    }

    /** Returns the number of bytes accepted by the operating system. May be called from any thread, as above. */
    public long networkBytes() {
        return (long) NETWORK_BYTES.getOpaque(this);
    }

    // The network buffer

    /** Returns the network buffer, lent to the caller; null if there is none. */
    @Nullable
    Lease network() {
        return network;
    }

    /** Returns the approximate number of bytes held from the pool. May be called from any thread. */
    int held() {
        Lease lease = network;
        return lease == null ? 0 : lease.capacity();
    }

    /** Takes over a lease for the filter's output. */
    void useForRecords(Lease lease) {
        network = lease;
    }

    /** Takes over a lease for application bytes without encoding. */
    void useForPlaintext(Lease lease) {
        network = lease;
        contents = CONTENTS_TRANSITIONS.follow(contents, Contents.PLAINTEXT);
    }

    /** Records that there is no room for the filter's next record. */
    void becomeFull() {
        contents = CONTENTS_TRANSITIONS.follow(contents, Contents.FULL);
    }

    boolean full() {
        return contents == Contents.FULL;
    }

    /** Records that more is encoded; whether there is room for the next record is not known yet. */
    void encodesMore() {
        if (contents == Contents.FULL) {
            contents = CONTENTS_TRANSITIONS.follow(contents, Contents.RECORDS);
        }
    }

    /** Releases the buffer if nothing was encoded into it. */
    void dropEmpty() {
        if (network != null && network.buffer().position() == 0) {
            release();
        }
    }

    /** Releases the buffer, whose contents were written or never will be. The reference is cleared first. */
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

    /** Abandons the buffer, which the last write may still read; returns whether there was one. */
    boolean abandon() {
        Lease lease = network;
        network = null;
        if (lease != null) {
            lease.abandon();
        }
        return lease != null;
    }

    // The write

    /** Writes the network buffer or the rest of it; returns false if there is none. */
    boolean startFromBuffer(Transport transport) {
        Lease lease = network;
        if (lease == null) {
            return false;
        }
        ByteBuffer source = lease.buffer();
        start(hasRest() ? source : source.flip(), transport);
        return true;
    }

    /** Writes a segment. It must not be touched until the write has been processed. */
    void start(ByteBuffer source, Transport transport) {
        become(State.STARTING);
        try {
            transport.write(source, this);
        } finally {
            started();
        }
    }

    /** Writes several segments. They must not be touched until the write has been processed. */
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

    /** Returns the outcome of the attempt to write. */
    Sending sending() {
        return switch (state) {
            case NONE, REST -> Sending.NOTHING;
            case BACK -> Sending.BACK;
            case STARTING, OUT -> Sending.OUT;
        };
    }

    /**
     * Processes the completion of an outstanding write, and releases the network buffer if all of it is written.
     *
     * @return whether the write has succeeded
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

    /** Returns the number of bytes written by the last write that has not failed. */
    long taken() {
        return taken;
    }

    /** Returns why the last write has failed, or null. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** Records that the write, if outstanding, has completed, for a turn that has failed. */
    public void returned() {
        if (outstanding()) {
            become(State.NONE);
        }
    }

    /** Records that the write, if outstanding, will never complete. */
    public void lost() {
        if (outstanding()) {
            failure = failure == null ? Transport.LOST : failure;
            become(State.NONE);
        }
    }

    /** Returns whether the system may still read buffers of failed writes, so that they must not be lent again. */
    public boolean mayBeTouched(Transport transport) {
        return transport.mayGoOnAfter(failure);
    }

    /** Called when the write has completed: keeps the result for the turn. */
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

    /** Records a completion. Inside the call that started the write no signal is needed: the current turn continues. */
    private void comesBack() {
        if (strand.isCurrent() && state == State.STARTING) {
            become(State.BACK);
        } else {
            strand.signal(Signal.WRITE_DONE);
        }
    }

    /** The completion handler of a write of several segments, whose count is a long. */
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
