// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import io.portcullis.StatefulHandler;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.BiConsumer;

/**
 * Receives frames that have their length in front, as a {@link LengthField} describes it; {@link LengthField#frame}
 * makes the frames that are written.
 *
 * <p>Frames that arrived together are handed on one after the other, as long as the connection is
 * {@linkplain Connection#receiving() receiving}: not behind {@code close}, {@code pause} or {@code startTls}, and not
 * while too much waits to be sent.
 *
 * <p>A header that announces a negative number of contents, or that is no header at all, ends the connection with
 * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. No memory is reserved for what is announced.
 */
public abstract class FrameHandler extends StatefulHandler {
    private final LengthField field;
    private final int limit;
    private final MessageLoop loop = new MessageLoop();

    /**
     * A handler of frames.
     *
     * @param field the length in front of them
     * @param limit how many bytes the contents of a frame may have, its header not counted; at least 1. A whole frame
     *     must fit into what the connection may leave unread ({@code unreadLimit}, 512 KiB by default, 768 KiB at most)
     * @throws IllegalArgumentException if the limit is less than 1, or no frame of that size would ever fit
     */
    protected FrameHandler(LengthField field, int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a frame must be at least 1, not " + limit);
        }
        this.field = Objects.requireNonNull(field, "field");
        this.limit = limit;
        UnreadRoom.require(requiredUnreadLimit());
    }

    /**
     * A handler made of one function.
     *
     * @param field the length in front of the frames
     * @param limit how many bytes the contents of a frame may have, its header not counted
     * @param onFrame called with each frame, which is lent to it for the call
     * @return the handler, for one connection
     * @throws IllegalArgumentException if the limit is less than 1, or no frame of that size would ever fit
     */
    public static FrameHandler of(
            LengthField field, int limit, BiConsumer<? super Connection, ? super ByteBuffer> onFrame) {
        Objects.requireNonNull(onFrame, "onFrame");
        return new FrameHandler(field, limit) {
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
     * @param frame the contents, and in front of them the header if the field says so ({@link LengthField#withHeader});
     *     from position 0 to limit, in the byte order of the field. May be empty. Lent for the call, and consumed
     *     whether it was read or not
     * @throws java.nio.BufferUnderflowException if the frame is too short for what it should contain; the connection
     *     ends with {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}
     */
    protected abstract void onFrame(Connection connection, ByteBuffer frame);

    /**
     * A frame is announced that is longer than allowed. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. An override that returns may have written a reply; the
     * connection is then closed behind it, because the frame is not read and the next one cannot be found.
     *
     * @param connection the connection
     * @param length the size of the contents that was announced, at most {@link Long#MAX_VALUE}
     * @param limit the number of bytes that were allowed
     */
    protected void onTooLong(Connection connection, long length, int limit) {
        throw new ProtocolViolationException(
                "a frame of " + length + " bytes is announced, longer than the limit of " + limit);
    }

    /**
     * {@inheritDoc}
     *
     * @return the size of the longest frame with its header
     */
    @Override
    public final int requiredUnreadLimit() {
        return (int)
                Math.min(Integer.MAX_VALUE, (long) field.longestHeader() + Math.min(limit, field.longestContents()));
    }

    @Override
    public final void onData(Connection connection, ByteBuffer data) {
        bind(connection);
        loop.onData(connection, data, this::handOn);
    }

    private boolean handOn(Connection connection, ByteBuffer data) {
        int header = data.position();
        long length = field.readHeader(data);
        int contents = data.position();
        if (length > limit) {
            data.position(header);
            onTooLong(connection, length, limit);
            connection.close();
            return false;
        }
        if (length == LengthField.INCOMPLETE || length > data.remaining()) {
            data.position(header);
            return false;
        }
        int end = contents + (int) length;
        if (end == header) {
            throw new IllegalStateException("the parser of a header has read nothing and announced nothing, which would"
                    + " never end: move the position of the buffer behind the header");
        }
        data.position(end);
        int begin = field.beginOfFrame(header, contents);
        try {
            onFrame(connection, data.slice(begin, end - begin).order(field.frameOrder()));
        } catch (BufferUnderflowException tooShort) {
            throw new ProtocolViolationException("a frame of " + length + " bytes is too short for what "
                    + getClass().getName() + " reads from it");
        }
        return true;
    }

    /**
     * The server shuts down gracefully. Closes the connection as soon as nothing is left of what has been received. A
     * message that has begun to arrive is awaited and handed on, and so are messages that wait because the handler has
     * paused or too much waits to be sent. While the handler has paused, nothing is closed: it closes the connection
     * itself when its work is done, or the deadline ends it. An override should call this method.
     */
    @Override
    public void onDrain(Connection connection) {
        loop.onDrain(connection, this::released);
    }

    /**
     * During a graceful shutdown, closes the connection if nothing is left of what has been received. An override
     * should call this method.
     */
    @Override
    public void onWritable(Connection connection) {
        loop.onWritable(connection);
    }
}
