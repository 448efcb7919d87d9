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
 * The files that a connection sends, in order with its other writes. While there is a file, new writes are queued after
 * the last one.
 *
 * <pre>
 *   file -> a task reads a chunk into a lease -> the lease is a segment of the {@link WriteQueue} -> as every write
 * </pre>
 *
 * A chunk is read while the one before it is sent, but no further ahead: a peer that does not read holds two chunks,
 * whatever the size of the file. Reading may block, and is therefore a task. Confined to the strand, except
 * {@link Chunk#read}.
 */
public final class FileQueue {
    /** A chunk and the overhead of its records, even small ones, fit into one network buffer of the same size class. */
    public static final int CHUNK = 60 * 1024;

    /** The size for a peer that takes chunks quickly, for which handing over between threads is the main cost. */
    public static final int LARGE_CHUNK = 256 * 1024;

    private static final long QUICKLY = TimeUnit.MILLISECONDS.toNanos(5);

    /** The sender of the files. Called on its strand, except {@link #send}. */
    interface Owner {
        /** Has a message run in a turn. May be called from any thread. */
        void send(Inbox.Message message);

        /** Called if a file cannot be sent completely; the peer must not mistake a part of it for the whole. */
        void fileFailed(Throwable failure);
    }

    private final Owner owner;
    private final Machine machine;
    private final WriteQueue ready;
    private @Nullable FileSend first;
    private @Nullable FileSend last;
    private boolean reading;
    private int chunk = CHUNK;

    /** The number of chunks requested since there last was no file, and the time of the last request. */
    private long requested;

    private long lastRequested;

    /**
     * Creates an empty queue.
     *
     * @param owner sends the files
     * @param machine runs the tasks that read
     * @param ready the queue to which chunks are added
     */
    FileQueue(Owner owner, Machine machine, WriteQueue ready) {
        this.owner = owner;
        this.machine = machine;
        this.ready = ready;
    }

    /** Returns whether every file has been read to its end. */
    boolean isEmpty() {
        return first == null;
    }

    /** Returns whether a task is reading. */
    boolean reading() {
        return reading;
    }

    /** Returns the queue to which new writes are added. */
    WriteQueue end() {
        return last == null ? ready : last.behind();
    }

    void add(FileSend file) {
        if (last == null) {
            first = file;
            requested = 0;
        } else {
            last.next(file);
        }
        last = file;
        skipRead();
    }

    /**
     * Starts to read the next chunk, unless a task is already reading or too much is waiting.
     *
     * @param waiting the number of bytes that wait ahead of the chunk
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
            // for lack of memory, an executor may throw although it has accepted the task
            if (next == null || next.take()) {
                lease.release();
                failed(file, notStarted);
            } else {
                reading = true;
            }
        }
    }

    /** The first two are requested before the peer has taken one; every other one when the peer has taken one more. */
    private int nextSize() {
        long now = machine.now();
        boolean quick = requested >= 2 && now - lastRequested < QUICKLY;
        requested++;
        lastRequested = now;
        return quick ? LARGE_CHUNK : CHUNK;
    }

    /**
     * A chunk that a task reads. It is also the message that delivers it to the strand, so that no allocation is
     * needed.
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

        /**
         * Claims the chunk for the first caller: the thread that reads, or the strand if the task could not be started.
         */
        boolean take() {
            return taken.compareAndSet(false, true);
        }

        /** Reads, on a thread for tasks. */
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

        /** Delivers the chunk, on the strand. */
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

    /** Moves on the writes that waited for files which have been read completely. */
    private void skipRead() {
        while (first != null && first.left() == 0) {
            ready.addAll(first.behind());
            first = first.next();
        }
        if (first == null) {
            last = null;
        }
    }

    /** Drops all files, and releases the writes queued after them. A task that is reading ends by itself. */
    void clear() {
        for (FileSend file = first; file != null; file = file.next()) {
            file.behind().clear();
        }
        first = null;
        last = null;
    }
}
