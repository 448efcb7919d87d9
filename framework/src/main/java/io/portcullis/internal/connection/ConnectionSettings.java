// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import java.time.Duration;

/**
 * The limits of a connection. Times are in nanoseconds, sizes in bytes.
 *
 * @param handshake the time from the accept until the connection must be open for data; absolute
 * @param idle the time without a byte in either direction
 * @param write the time without the peer reading anything while bytes wait for it
 * @param close the time for the peer to take more of the remaining output, and then to respond to our end of the
 *     stream; at most ten times as long while it still sends
 * @param highWatermark the number of pending bytes above which the connection is not read
 * @param lowWatermark the number of pending bytes at which it is read again
 * @param unread the number of bytes that a handler may leave unread
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

    /** Returns the longest time to wait for a peer that continues to send after our end of the stream. */
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
