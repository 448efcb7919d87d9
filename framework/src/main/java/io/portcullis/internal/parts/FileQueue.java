// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.buffer.Lease;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.Work;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The files that a connection is to send, in their places among its other writes. While there is one, what is written
 * waits behind the last of them.
 *
 * <pre>
 *   file -> a task reads a chunk into a lease -> the lease is a segment of the {@link WriteQueue} -> as every write
 * </pre>
 *
 * A chunk is read while the one before it is sent, and no further: so a peer that does not read holds two chunks,
 * whatever the size of the file. Reading may block, which is why it is a task. Touched by the strand alone,
 * {@link Chunk#read} excepted.
 */
public final class FileQueue {
    /** With its records, also small ones, it fits into one network buffer of the size class that it needs itself. */
    public static final int CHUNK = 60 * 1024;

    /** The same for a peer that takes chunks quickly: then the way from thread to thread is what costs. */
    public static final int LARGE_CHUNK = 256 * 1024;

    private static final long QUICKLY = TimeUnit.MILLISECONDS.toNanos(5);

    /** What sends the files; on its strand, but for {@link #send}. */
    interface Owner {
        /** Has a message run in a turn; from any thread. */
        void send(Inbox.Message message);

        /** Less of a file can be sent than was promised, and the peer must not take half of it for the whole. */
        void fileFailed(Throwable failure);
    }

    private final Owner owner;
    private final Machine machine;
    private final WriteQueue ready;
    private @Nullable FileSend first;
    private @Nullable FileSend last;
    private boolean reading;
    private int chunk = CHUNK;

    /** How many chunks were asked for since there was no file, and when the last one was. */
    private long asked;

    private long lastAsked;

    /**
     * No file yet.
     *
     * @param owner sends them
     * @param machine runs the tasks that read
     * @param ready what may be sent; chunks are added to it
     */
    FileQueue(Owner owner, Machine machine, WriteQueue ready) {
        this.owner = owner;
        this.machine = machine;
        this.ready = ready;
    }

    /** Whether every file has been read to its end. */
    boolean isEmpty() {
        return first == null;
    }

    /** Whether a task reads at the moment. */
    boolean reading() {
        return reading;
    }

    /** Where to add what is written now. */
    WriteQueue end() {
        return last == null ? ready : last.behind();
    }

    void add(FileSend file) {
        if (last == null) {
            first = file;
            asked = 0;
        } else {
            last.next(file);
        }
        last = file;
        skipRead();
    }

    /**
     * Has the next chunk read, unless a task does so already or too much waits.
     *
     * @param waiting how many bytes wait in front of the chunk
     */
    void readAhead(long waiting) {
        FileSend file = first;
        if (file == null || reading || waiting > chunk) {
            return;
        }
        chunk = nextSize();
        int length = (int) Math.min(chunk, file.left());
        Lease lease = machine.buffers().lease(length);
        lease.buffer().limit(length);
        @Nullable Chunk next = null;
        try {
            next = new Chunk(file, lease);
            machine.run(Work.FILE, next::read);
            reading = true;
        } catch (Throwable notStarted) {
            // An executor may throw although it has taken the task, when there is no memory
            if (next == null || next.take()) {
                lease.release();
                failed(file, notStarted);
            } else {
                reading = true;
            }
        }
    }

    /** The first two are asked for before the peer has taken one; each that follows, when it has taken one more. */
    private int nextSize() {
        long now = machine.now();
        boolean quick = asked >= 2 && now - lastAsked < QUICKLY;
        asked++;
        lastAsked = now;
        return quick ? LARGE_CHUNK : CHUNK;
    }

    /**
     * A chunk that a task reads; as a message it brings the chunk to the strand, so that nothing is to be had for that.
     */
    private final class Chunk extends Inbox.Message {
        private final FileSend file;
        private final Lease lease;
        private final AtomicBoolean taken = new AtomicBoolean();
        private @Nullable Throwable failure;

        Chunk(FileSend file, Lease lease) {
            this.file = file;
            this.lease = lease;
        }

        /** By who comes first: the thread that reads, or the strand, because it could not be started. */
        boolean take() {
            return taken.compareAndSet(false, true);
        }

        /** On a thread for tasks. */
        void read() {
            if (!take()) {
                return;
            }
            try {
                file.read(lease.buffer());
            } catch (Throwable thrown) {
                failure = thrown;
            }
            owner.send(this);
        }

        /** On the strand. */
        @Override
        public void run() {
            arrived(file, lease, failure);
        }
    }

    private void arrived(FileSend file, Lease lease, @Nullable Throwable failure) {
        reading = false;
        if (first != file || failure != null) {
            lease.releaseWiped(lease.capacity());
        } else {
            file.advance(lease.buffer().remaining());
            ready.add(lease, machine.buffers());
            skipRead();
        }
        if (first == file && failure != null) {
            failed(file, failure);
        }
    }

    private void failed(FileSend file, Throwable cause) {
        file.fail(cause);
        owner.fileFailed(cause);
    }

    /** What waited behind files that are wholly read waits no longer. */
    private void skipRead() {
        while (first != null && first.left() == 0) {
            ready.addAll(first.behind());
            first = first.next();
        }
        if (first == null) {
            last = null;
        }
    }

    /** Forgets the files, and gives back what waits behind them. A task that reads comes to an end by itself. */
    void clear() {
        for (FileSend file = first; file != null; file = file.next()) {
            file.behind().clear();
        }
        first = null;
        last = null;
    }
}
