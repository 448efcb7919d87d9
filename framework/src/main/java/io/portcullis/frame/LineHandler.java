// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;

/**
 * Receives lines. A line ends with LF, and a CR in front of the LF belongs to the end; it is UTF-8, and with it ASCII.
 * What comes behind the last end of a line is no line, also at the end of the stream.
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
public abstract class LineHandler extends MessageHandler {
    private final int limit;
    private final Charset charset;

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
     * A handler that is one function.
     *
     * @param limit how many bytes a line may have, its end not counted
     * @param onLine told of each line
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

    /** A whole line and a CR, of which it is not known whether it is a part of the line's end. */
    @Override
    public final int requiredUnreadLimit() {
        return limit == Integer.MAX_VALUE ? limit : limit + 1;
    }

    @Override
    final void handOn(Connection connection, ByteBuffer data) {
        while (data.hasRemaining() && connection.receiving()) {
            int begin = data.position();
            int end = indexOfLineFeed(data);
            if (end < 0) {
                searched = data.remaining();
                keepAtMostTheLimit(connection, data);
                return;
            }
            searched = 0;
            data.position(end + 1);
            if (dropping) {
                dropping = false;
            } else {
                hand(connection, data, begin, end);
            }
        }
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
}
