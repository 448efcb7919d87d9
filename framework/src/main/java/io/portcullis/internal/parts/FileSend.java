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
 * One call of {@link Connection#sendFile}: what is still to be read of the file, what was written behind it meanwhile,
 * and the future, which is completed as the completion of a write is. Touched by the strand, and by the thread that
 * reads while the strand waits for that.
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
     * A part of a file.
     *
     * @throws IllegalArgumentException if no file has such a part
     */
    public FileSend(Connection connection, FileChannel channel, long position, long count) {
        if (position < 0 || count < 0 || position > Long.MAX_VALUE - count) {
            throw new IllegalArgumentException(
                    "sendFile needs a position and a count of at least 0 that have a sum, not " + position + " and "
                            + count);
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

    /** How many bytes are to be sent, all in all. */
    long count() {
        return count;
    }

    /** How many of them are not read yet. */
    long left() {
        return left;
    }

    /** What leaves after the file. */
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
     * Reads on, and may block. Nothing is counted yet.
     *
     * @param target filled up to its limit, or to the end of the file; then flipped
     * @throws EOFException if the file has ended
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
            throw new EOFException("the file ends at byte " + position + ", " + left + " bytes before the end of what"
                    + " sendFile was told to send; was it truncated meanwhile?");
        }
    }

    /** In the turn after that: so many bytes were read. */
    void advance(int length) {
        position += length;
        left -= length;
    }

    /** It cannot be sent to its end; the connection ends for it. */
    void fail(Throwable cause) {
        failure = cause;
    }

    /** Everything was sent. */
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
