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
 * Receives length-prefixed frames, whose header is described by a {@link LengthField}; {@link LengthField#frame}
 * creates frames to be written.
 *
 * <p>Frames that arrive together are delivered one after the other, while the connection is
 * {@linkplain Connection#receiving() receiving}: not after {@code close}, {@code pause} or {@code startTls}, and not
 * while too much output is pending.
 *
 * <p>A header that is invalid, or announces contents of a negative size, ends the connection with
 * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. No memory is reserved for the announced size.
 */
public abstract class FrameHandler extends StatefulHandler {
    private final LengthField field;
    private final int limit;
    private final MessageLoop loop = new MessageLoop();

    /**
     * Creates a handler of frames.
     *
     * @param field the length field of the frames
     * @param limit the maximum size of a frame's contents in bytes, without its header; at least 1. A whole frame must
     *     fit into the connection's {@code unreadLimit} (512 KiB by default, 768 KiB at most)
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
     * Returns a handler that consists of one function.
     *
     * @param field the length field of the frames
     * @param limit the maximum size of a frame's contents in bytes, without its header
     * @param onFrame called with each frame, which is lent for the duration of the call
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
     * Called when a frame has arrived.
     *
     * @param connection the connection
     * @param frame the contents, preceded by the header if the field includes it ({@link LengthField#withHeader}); from
     *     position 0 to limit, in the byte order of the field. May be empty. Lent for the duration of the call, and
     *     consumed whether it was read or not
     * @throws java.nio.BufferUnderflowException if the frame is too short for what it should contain; the connection
     *     ends with {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}
     */
    protected abstract void onFrame(Connection connection, ByteBuffer frame);

    /**
     * Called when a header announces a frame that exceeds the limit. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. An override may write a reply and return; the connection is
     * then closed after the reply, because the frame is not read and the next one cannot be found.
     *
     * @param connection the connection
     * @param length the announced size of the contents, at most {@link Long#MAX_VALUE}
     * @param limit the maximum number of bytes
     */
    protected void onTooLong(Connection connection, long length, int limit) {
        throw new ProtocolViolationException(
                "a frame of " + length + " bytes is announced, longer than the limit of " + limit);
    }

    /**
     * {@inheritDoc}
     *
     * @return the size of the longest frame, including its header
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
            throw new IllegalStateException("the parser of a header has read nothing and returned 0, which would"
                    + " loop forever: move the position of the buffer past the header");
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
     * Called when the server shuts down gracefully. Closes the connection as soon as all received messages have been
     * delivered, including a message that has only partly arrived, and messages that wait because the handler has
     * paused or too much output is pending. A paused connection is not closed: the handler closes it when its work is
     * done, or the deadline ends it. An override should call this method.
     */
    @Override
    public void onDrain(Connection connection) {
        loop.onDrain(connection, this::released);
    }

    /**
     * During a graceful shutdown, closes the connection if all received messages have been delivered. An override
     * should call this method.
     */
    @Override
    public void onWritable(Connection connection) {
        loop.onWritable(connection);
    }
}
