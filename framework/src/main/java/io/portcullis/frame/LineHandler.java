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
 * Receives lines. A line ends with LF, and a CR in front of the LF belongs to the end; it is UTF-8, and with it ASCII.
 * What follows the last end of a line is not a line, also at the end of the stream.
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
 * <p>Lines that arrived together are handed on one after the other, as long as the connection is
 * {@linkplain Connection#receiving() receiving}: not behind {@code close}, {@code pause} or {@code startTls}, and not
 * while too much waits to be sent. A byte is looked at once, however the line is cut.
 */
public abstract class LineHandler extends StatefulHandler {
    private final int limit;
    private final Charset charset;
    private final MessageLoop loop = new MessageLoop();

    /** How many of the unread bytes were searched in vain. */
    private int searched;

    /** Whether the line is too long, and forgotten up to its end. */
    private boolean dropping;

    /**
     * A handler of lines in UTF-8.
     *
     * @param limit how many bytes a line may have, its end not counted; at least 1, and at most what the connection may
     *     leave unread ({@code unreadLimit})
     */
    protected LineHandler(int limit) {
        this(limit, StandardCharsets.UTF_8);
    }

    /**
     * A handler of lines.
     *
     * @param limit how many bytes a line may have, its end not counted; at least 1
     * @param charset of the lines, in which LF and CR are single bytes as in ASCII; what it cannot decode becomes
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
     * A handler made of one function.
     *
     * @param limit how many bytes a line may have, its end not counted
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
     * A line has arrived.
     *
     * @param connection the connection
     * @param line without its end; may be empty
     */
    protected abstract void onLine(Connection connection, String line);

    /**
     * A line is longer than allowed; called once for it, when that is certain. By default the connection ends with
     * {@link io.portcullis.CloseReason#PROTOCOL_VIOLATION}. A handler that answers instead, and returns, gets the next
     * line; the long one is forgotten up to its end, without being kept.
     *
     * @param connection the connection
     * @param limit the number of bytes that were allowed
     */
    protected void onTooLong(Connection connection, int limit) {
        throw new ProtocolViolationException("a line is longer than " + limit + " bytes");
    }

    /**
     * {@inheritDoc}
     *
     * @return the size of the longest line, and of a CR of which it is not known whether it belongs to the line's end
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

    /** There is no end yet: the last byte may be the CR of one. */
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
