// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import io.portcullis.StatefulHandler;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Receives the messages of any protocol. A subclass decodes one message at a time; this class handles fragmentation,
 * back-pressure, the size limit and graceful shutdown.
 *
 * <pre>{@code
 * final class Http extends MessageHandler<RequestHead> {
 *     Http() {
 *         super(8 * 1024); // bytes of a head
 *     }
 *
 *     protected @Nullable RequestHead decode(ByteBuffer data) { ... } // null if it is not complete yet
 *
 *     protected void onMessage(Connection connection, RequestHead head) { ... }
 * }
 * }</pre>
 *
 * <p>Messages that arrive together are decoded and delivered one after the other, while the connection is
 * {@linkplain Connection#receiving() receiving}: not after {@code close}, {@code pause} or {@code startTls}, and not
 * while too much output is pending. No message is decoded before the previous one has been delivered.
 *
 * <p>For length-prefixed messages see {@link FrameHandler}, for lines {@link LineHandler}.
 *
 * @param <T> the type of the messages
 */
public abstract class MessageHandler<T> extends StatefulHandler {
    private final int limit;
    private final MessageLoop loop = new MessageLoop();

    /**
     * Creates a handler of messages.
     *
     * @param limit the maximum size of a whole message in bytes; at least 1, and at most the connection's
     *     {@code unreadLimit} (512 KiB by default, 768 KiB at most)
     * @throws IllegalArgumentException if the limit is less than 1, or no message of that size would ever fit
     */
    protected MessageHandler(int limit) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a message must be at least 1, not " + limit);
        }
        this.limit = limit;
        UnreadRoom.require(limit);
    }

    /**
     * Returns a handler that consists of two functions.
     *
     * @param limit the maximum size of a whole message in bytes
     * @param decoder decodes one message or returns null, like {@link #decode}; may be shared if it is stateless
     * @param onMessage called with each message
     * @param <T> the type of the messages
     * @return the handler, for one connection
     * @throws IllegalArgumentException if the limit is less than 1, or no message of that size would ever fit
     */
    public static <T> MessageHandler<T> of(
            int limit,
            Function<? super ByteBuffer, ? extends @Nullable T> decoder,
            BiConsumer<? super Connection, ? super T> onMessage) {
        Objects.requireNonNull(decoder, "decoder");
        Objects.requireNonNull(onMessage, "onMessage");
        return new MessageHandler<>(limit) {
            @Override
            protected @Nullable T decode(ByteBuffer data) {
                return decoder.apply(data);
            }

            @Override
            protected void onMessage(Connection connection, T message) {
                onMessage.accept(connection, message);
            }
        };
    }

    /**
     * Decodes the message at the beginning of the received bytes.
     *
     * <p>The buffer begins with the message: its position is 0, its byte order is big-endian, and it contains the bytes
     * received so far, up to the limit. It is a view created for this call, so its position, limit and byte order may
     * be changed freely. If a message is returned, it must end at the position; the bytes before the position are
     * consumed. If null is returned, or a read beyond the limit throws {@link BufferUnderflowException}, nothing is
     * consumed, whatever the position is, and the method is called again with the same bytes and further ones when more
     * have arrived. So a decoder can simply read the parts of its message:
     *
     * <pre>{@code
     * protected Event decode(ByteBuffer data) {
     *     byte[] name = new byte[data.getShort() & 0xffff];
     *     data.get(name);
     *     return new Event(new String(name, UTF_8), data.getLong());
     * }
     * }</pre>
     *
     * <p>A message is decoded from its beginning each time, so a message of many parts should first be found by its
     * length or its end. A decoder that searches for the end of a long message can remember in a field how far it has
     * searched.
     *
     * <p>The memory is lent until {@link #onMessage} has returned. A message may be a view of it, or contain one, but
     * bytes that are kept longer must be copied.
     *
     * @param data the bytes, from position to limit; at least one
     * @return the message, of which at least one byte was read; or null if it is not complete
     * @throws ProtocolViolationException if the bytes are not a valid message; ends the connection, after its reply if
     *     it has one. Any other exception except {@link BufferUnderflowException} ends it with
     *     {@link io.portcullis.CloseReason#HANDLER_FAILED}, and so does a message that consumes nothing
     */
    protected abstract @Nullable T decode(ByteBuffer data);

    /**
     * Reads a line, for decoders of protocols that contain lines.
     *
     * @param data the bytes; the position is moved behind the end of the line
     * @param charset the encoding of the line, in which LF and CR are single bytes as in ASCII
     * @return the line without its end, which is LF or CR LF
     * @throws BufferUnderflowException if the line is not complete, which {@link #decode} need not catch
     */
    public static String line(ByteBuffer data, Charset charset) {
        for (int end = data.position(); end < data.limit(); end++) {
            if (data.get(end) == '\n') {
                int begin = data.position();
                boolean pair = end > begin && data.get(end - 1) == '\r';
                data.position(end + 1);
                return charset.decode(data.slice(begin, (pair ? end - 1 : end) - begin))
                        .toString();
            }
        }
        throw new BufferUnderflowException();
    }

    /**
     * Called when a message has arrived.
     *
     * @param connection the connection
     * @param message the message returned by {@link #decode}; views of the decoded buffer are valid until this method
     *     returns
     */
    protected abstract void onMessage(Connection connection, T message);

    /**
     * Called when a message exceeds the limit. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. An override may write a reply and return; the connection is
     * then closed after the reply, because the next message cannot be found.
     *
     * @param connection the connection
     * @param limit the maximum number of bytes
     */
    protected void onTooLong(Connection connection, int limit) {
        throw new ProtocolViolationException("a message is longer than " + limit + " bytes");
    }

    /**
     * {@inheritDoc}
     *
     * @return the limit of a message
     */
    @Override
    public final int requiredUnreadLimit() {
        return limit;
    }

    @Override
    public final void onData(Connection connection, ByteBuffer data) {
        bind(connection);
        loop.onData(connection, data, this::handOn);
    }

    private boolean handOn(Connection connection, ByteBuffer data) {
        int begin = data.position();
        int shown = Math.min(limit, data.remaining());
        ByteBuffer view = data.slice(begin, shown);
        T message = decodeIfComplete(view);
        if (message != null) {
            data.position(begin + lengthOf(view));
            onMessage(connection, message);
            return true;
        }
        if (shown == limit) {
            onTooLong(connection, limit);
            connection.close();
        }
        return false;
    }

    private @Nullable T decodeIfComplete(ByteBuffer view) {
        try {
            return decode(view);
        } catch (BufferUnderflowException incomplete) {
            return null;
        }
    }

    private int lengthOf(ByteBuffer decoded) {
        if (decoded.position() == 0) {
            throw new IllegalStateException(
                    getClass().getName() + " has decoded a message without reading a byte, which would loop forever:"
                            + " move the position of the buffer past the message, or return null");
        }
        return decoded.position();
    }

    /**
     * Called when the server shuts down gracefully. Closes the connection as soon as all received messages have been
     * delivered, including a message that has only partly arrived, and messages that wait because the handler has
     * paused or too much output is pending. A paused connection is not closed: the handler closes it when its work is
     * done, or the deadline ends it. An override should call this method; if responses are still being made on other
     * threads, it should do so in the connection's turn after the last of them has been written.
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
