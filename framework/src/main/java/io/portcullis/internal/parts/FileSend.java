// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.Connection;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One call of {@link Connection#sendFile}: the unread part of the file, the writes queued after it, and the future,
 * which completes like the completion of a write. Confined to the strand, and to the thread that reads while the strand
 * waits for it.
 */
public final class FileSend implements CompletionHandler<Void, FileSend> {
    private final FileChannel channel;
    private final long count;
    private final CompletableFuture<Long> future = new CompletableFuture<>();
    private final WriteQueue behind = new WriteQueue();
    private long position;
    private long left;
    private @Nullable FileSend next;
    private @Nullable Throwable failure;
    private volatile boolean over;

    /**
     * Creates a call for a part of a file.
     *
     * @throws IllegalArgumentException if position or count is negative, or their sum overflows
     */
    public FileSend(Connection connection, FileChannel channel, long position, long count) {
        if (position < 0 || count < 0 || position > Long.MAX_VALUE - count) {
            throw new IllegalArgumentException(
                    "sendFile needs a position and a count of at least 0 whose sum does not overflow, not " + position
                            + " and " + count);
        }
        this.channel = Objects.requireNonNull(channel, "channel");
        this.position = position;
        this.count = count;
        this.left = count;
        var unused = future.whenComplete((sent, givenUp) -> {
            if (!over) {
                connection.abort();
            }
        });
    }

    public CompletableFuture<Long> future() {
        return future;
    }

    /** Returns the total number of bytes to be sent. */
    long count() {
        return count;
    }

    /** Returns the number of bytes that have not been read. */
    long left() {
        return left;
    }

    /** Returns the writes queued after the file. */
    WriteQueue behind() {
        return behind;
    }

    @Nullable
    FileSend next() {
        return next;
    }

    void next(FileSend file) {
        next = file;
    }

    /**
     * Continues to read; may block. The bytes are not counted until {@link #advance}.
     *
     * @param target filled up to its limit, or to the end of the file; then flipped
     * @throws EOFException if the file is shorter than expected
     */
    void read(ByteBuffer target) throws IOException {
        int length = 0;
        while (length >= 0 && target.hasRemaining()) {
            length = channel.read(target, position + target.position());
            if (length == 0) {
                break;
            }
        }
        target.flip();
        if (!target.hasRemaining()) {
            throw new EOFException("the file ends at byte " + position + ", " + left
                    + " bytes before the end of the part" + " that sendFile is to send; was it truncated meanwhile?");
        }
    }

    /** Counts the bytes that were read. Called in the next turn. */
    void advance(int length) {
        position += length;
        left -= length;
    }

    /** Fails the call and ends the connection, because the file cannot be sent completely. */
    void fail(Throwable cause) {
        failure = cause;
    }

    /** Called when everything was sent. */
    @Override
    public void completed(Void none, FileSend itself) {
        over = true;
        future.complete(count);
    }

    @Override
    public void failed(Throwable cause, FileSend itself) {
        over = true;
        future.completeExceptionally(failure == null ? cause : failure);
    }
}
