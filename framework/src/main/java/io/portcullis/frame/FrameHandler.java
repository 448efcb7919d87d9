// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * Receives frames that have their length in front. What is written is framed by {@link LengthPrefix#frame}.
 *
 * <p>Frames that arrived together are handed on one after the other, as long as the connection is
 * {@linkplain Connection#receiving() receiving}: not behind {@code close}, {@code pause} or {@code startTls}, and not
 * while too much waits to be sent.
 */
public abstract class FrameHandler extends MessageHandler {
    private final LengthPrefix prefix;
    private final int limit;

    /**
     * A handler of frames.
     *
     * @param prefix how their length stands in front of them
     * @param limit how many bytes a frame may have, its length not counted; at least 1. A whole frame must fit into
     *     what the connection may leave unread ({@code unreadLimit}, 512 KiB by default, 768 KiB at most)
     * @throws IllegalArgumentException if it is less than 1, or no frame of that size would ever fit
     */
    protected FrameHandler(LengthPrefix prefix, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a frame must be at least 1, not " + limit);
        }
        this.prefix = prefix;
        this.limit = limit;
        UnreadRoom.require(requiredUnreadLimit());
    }

    /**
     * A handler that is one function.
     *
     * @param prefix how the length of a frame stands in front of it
     * @param limit how many bytes a frame may have, its length not counted
     * @param onFrame told of each frame, which is lent to it for the call
     * @return the handler, for one connection
     */
    public static FrameHandler of(
            LengthPrefix prefix, int limit, BiConsumer<? super Connection, ? super ByteBuffer> onFrame) {
        return new FrameHandler(prefix, limit) {
            @Override
            protected void onFrame(Connection connection, ByteBuffer frame) {
                onFrame.accept(connection, frame);
            }
        };
    }

    /**
     * A frame has arrived.
     *
     * @param connection the connection
     * @param frame the bytes behind the length, from position to limit; may be empty, is lent for the call, and is gone
     *     behind it whether it was read or not
     */
    protected abstract void onFrame(Connection connection, ByteBuffer frame);

    /**
     * A frame is announced that is longer than allowed. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. A handler that answers instead has to close the connection:
     * the frame is not read, and nothing behind it can be.
     *
     * @param connection the connection
     * @param length the number of bytes that were announced
     * @param limit the number of bytes that were allowed
     */
    protected void onTooLong(Connection connection, long length, int limit) {
        throw new ProtocolViolationException(
                "a frame of " + length + " bytes is announced, longer than the limit of " + limit);
    }

    /** A whole frame and its length. */
    @Override
    public final int requiredUnreadLimit() {
        return (int) Math.min(Integer.MAX_VALUE, (long) prefix.size() + Math.min(limit, prefix.longest()));
    }

    @Override
    final void handOn(Connection connection, ByteBuffer data) {
        while (data.remaining() >= prefix.size() && connection.receiving()) {
            long length = prefix.length(data);
            if (length > limit) {
                onTooLong(connection, length, limit);
                return;
            }
            int begin = data.position() + prefix.size();
            if (data.limit() - begin < length) {
                return;
            }
            data.position(begin + (int) length);
            onFrame(connection, data.slice(begin, (int) length));
        }
    }
}
