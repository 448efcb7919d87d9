// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import java.time.Duration;

/**
 * The limits of a connection. Times in nanoseconds, sizes in bytes.
 *
 * @param handshake from the accept until it must be open for data; absolute
 * @param idle without a byte in either direction
 * @param write without the peer reading anything while bytes wait for it
 * @param close for the peer to take some more of the rest, and then to answer our end of the stream; while it still
 *     sends, ten times that at most
 * @param highWatermark above this many pending bytes the connection is not read
 * @param lowWatermark at this many it is read again
 * @param unread how many bytes a handler may leave unread
 * @param logContext whether the id of a connection is in the log context during its turns
 */
public record ConnectionSettings(
        long handshake,
        long idle,
        long write,
        long close,
        int highWatermark,
        int lowWatermark,
        int unread,
        boolean logContext) {

    private static final int LINGERING_IN_CLOSE_TIMES = 10;

    public static final ConnectionSettings DEFAULT = new ConnectionSettings(
            Duration.ofSeconds(10).toNanos(),
            Duration.ofSeconds(60).toNanos(),
            Duration.ofSeconds(30).toNanos(),
            Duration.ofSeconds(3).toNanos(),
            256 * 1024,
            64 * 1024,
            512 * 1024,
            false);

    /** For a peer that goes on sending after our end of the stream, at most. */
    long lingering() {
        return close > Long.MAX_VALUE / (2 * LINGERING_IN_CLOSE_TIMES) ? close : LINGERING_IN_CLOSE_TIMES * close;
    }

    public ConnectionSettings withHandshake(long nanos) {
        return new ConnectionSettings(nanos, idle, write, close, highWatermark, lowWatermark, unread, logContext);
    }

    public ConnectionSettings withIdle(long nanos) {
        return new ConnectionSettings(handshake, nanos, write, close, highWatermark, lowWatermark, unread, logContext);
    }

    public ConnectionSettings withWrite(long nanos) {
        return new ConnectionSettings(handshake, idle, nanos, close, highWatermark, lowWatermark, unread, logContext);
    }

    public ConnectionSettings withClose(long nanos) {
        return new ConnectionSettings(handshake, idle, write, nanos, highWatermark, lowWatermark, unread, logContext);
    }

    public ConnectionSettings withWatermarks(int low, int high) {
        return new ConnectionSettings(handshake, idle, write, close, high, low, unread, logContext);
    }

    public ConnectionSettings withUnread(int bytes) {
        return new ConnectionSettings(handshake, idle, write, close, highWatermark, lowWatermark, bytes, logContext);
    }

    public ConnectionSettings withLogContext() {
        return new ConnectionSettings(handshake, idle, write, close, highWatermark, lowWatermark, unread, true);
    }
}
