// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/**
 * Receives lines of text, in UTF-8 (which includes ASCII) by default. A line ends with LF or CRLF. Bytes after the last
 * line end are not a line, even at the end of the stream.
 *
 * <pre>{@code
 * final class Greeter extends LineHandler {
 *     Greeter() {
 *         super(512);
 *     }
 *
 *     protected void onLine(Connection connection, String line) { ... }
 * }
 * }</pre>
 *
 * <p>Lines that arrive together are delivered one after the other, while the connection is
 * {@linkplain Connection#receiving() receiving}: not after {@code close}, {@code pause} or {@code startTls}, and not
 * while too much output is pending. Each byte is examined only once, however the line is fragmented.
 */
public abstract class LineHandler extends StatefulHandler {
    private final int limit;
    private final Charset charset;
    private final MessageLoop loop = new MessageLoop();

    /** How many of the unread bytes have been searched without finding a line end. */
    private int searched;

    /** Whether the line is too long, and is being discarded up to its end. */
    private boolean dropping;

    /**
     * Creates a handler of lines in UTF-8.
     *
     * @param limit the maximum length of a line in bytes, without its end; at least 1, and at most the connection's
     *     {@code unreadLimit}
     */
    protected LineHandler(int limit) {
        this(limit, StandardCharsets.UTF_8);
    }

    /**
     * Creates a handler of lines in an encoding.
     *
     * @param limit the maximum length of a line in bytes, without its end; at least 1
     * @param charset the encoding, in which LF and CR are single bytes as in ASCII; malformed input is replaced by
     *     U+FFFD
     */
    protected LineHandler(int limit, Charset charset) {
        if (limit < 1) {
            throw new IllegalArgumentException("the limit of a line must be at least 1, not " + limit);
        }
        this.limit = limit;
        this.charset = charset;
        UnreadRoom.require(requiredUnreadLimit());
    }

    /**
     * Returns a handler that consists of one function.
     *
     * @param limit the maximum length of a line in bytes, without its end
     * @param onLine called with each line
     * @return the handler, for one connection
     */
    public static LineHandler of(int limit, BiConsumer<? super Connection, ? super String> onLine) {
        return new LineHandler(limit) {
            @Override
            protected void onLine(Connection connection, String line) {
                onLine.accept(connection, line);
            }
        };
    }

    /**
     * Called when a line has arrived.
     *
     * @param connection the connection
     * @param line the line without its end; may be empty
     */
    protected abstract void onLine(Connection connection, String line);

    /**
     * Called once for a line that exceeds the limit, as soon as this is certain. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. If an override returns, for example after writing an error
     * reply, the rest of the line is discarded without being stored, and the next line is delivered.
     *
     * @param connection the connection
     * @param limit the maximum number of bytes
     */
    protected void onTooLong(Connection connection, int limit) {
        throw new ProtocolViolationException("a line is longer than " + limit + " bytes");
    }

    /**
     * {@inheritDoc}
     *
     * @return the maximum length of a line, plus a CR that may or may not belong to its end
     */
    @Override
    public final int requiredUnreadLimit() {
        return limit == Integer.MAX_VALUE ? limit : limit + 1;
    }

    @Override
    public final void onData(Connection connection, ByteBuffer data) {
        bind(connection);
        loop.onData(connection, data, this::handOn);
    }

    private boolean handOn(Connection connection, ByteBuffer data) {
        int begin = data.position();
        int end = indexOfLineFeed(data);
        if (end < 0) {
            searched = data.remaining();
            keepAtMostTheLimit(connection, data);
            return false;
        }
        searched = 0;
        data.position(end + 1);
        if (dropping) {
            dropping = false;
        } else {
            hand(connection, data, begin, end);
        }
        return true;
    }

    private int indexOfLineFeed(ByteBuffer data) {
        for (int i = data.position() + searched; i < data.limit(); i++) {
            if (data.get(i) == '\n') {
                return i;
            }
        }
        return -1;
    }

    private void hand(Connection connection, ByteBuffer data, int begin, int lineFeed) {
        boolean carriageReturn = lineFeed > begin && data.get(lineFeed - 1) == '\r';
        int length = lineFeed - begin - (carriageReturn ? 1 : 0);
        if (length > limit) {
            onTooLong(connection, limit);
        } else {
            onLine(connection, charset.decode(data.slice(begin, length)).toString());
        }
    }

    /** Handles a line without an end so far; its last byte may be the CR of a line end. */
    private void keepAtMostTheLimit(Connection connection, ByteBuffer data) {
        boolean carriageReturn = data.get(data.limit() - 1) == '\r';
        if (!dropping && data.remaining() > limit + (carriageReturn ? 1L : 0L)) {
            dropping = true;
            forget(data);
            onTooLong(connection, limit);
        } else if (dropping) {
            forget(data);
        }
    }

    private void forget(ByteBuffer data) {
        data.position(data.limit());
        searched = 0;
    }

    /**
     * Called when the server shuts down gracefully. Closes the connection as soon as all received lines have been
     * delivered, including a line that has only partly arrived, and lines that wait because the handler has paused or
     * too much output is pending. A paused connection is not closed: the handler closes it when its work is done, or
     * the deadline ends it. An override should call this method; if responses are still being made on other threads, it
     * should do so in the connection's turn after the last of them has been written.
     */
    @Override
    public void onDrain(Connection connection) {
        loop.onDrain(connection, this::released);
    }

    /**
     * During a graceful shutdown, closes the connection if all received lines have been delivered. An override should
     * call this method.
     */
    @Override
    public void onWritable(Connection connection) {
        loop.onWritable(connection);
    }
}
