// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;

/**
 * Sends a number of bytes as fast as the peer accepts them, and no faster: two blocks are in flight, and each completed
 * write starts the next one. All connections send the same block, which is never copied; byte {@code i} of a response
 * is {@code i % 251}.
 */
final class ByteStream implements CompletionHandler<Void, ByteStream.Turn> {
    /** The length of a block: a whole number of periods, so that all blocks are equal. */
    static final int BLOCK = 251 * 256;

    private static final int PERIOD = 251;
    private static final int UNDER_WAY = 2;
    private static final ByteBuffer PATTERN = pattern();

    private final Connection connection;
    private final Runnable whenSent;
    private final Turn turn = new Turn();
    private long left;
    private int underWay;
    private boolean sending;

    /**
     * Creates a stream that has not started.
     *
     * @param connection the connection to write to
     * @param count the number of bytes
     * @param whenSent run in the connection's turn after the last byte was handed over; not run if the connection ends
     */
    ByteStream(Connection connection, long count, Runnable whenSent) {
        this.connection = connection;
        this.left = count;
        this.whenSent = whenSent;
    }

    /** Starts sending; called in the connection's turn. */
    void start() {
        send();
    }

    /** Writes the first bytes of the pattern, at most one block, for short responses. */
    static void writeAtOnce(Connection connection, int count) {
        connection.write(PATTERN.duplicate().limit(count));
    }

    @Override
    public void completed(Void nothing, Turn attachment) {
        connection.execute(attachment);
    }

    @Override
    public void failed(Throwable failure, Turn attachment) {
        // The connection has ended, and the handler's onClose is called.
    }

    private void send() {
        if (sending) {
            return;
        }
        sending = true;
        while (left > 0 && underWay < UNDER_WAY) {
            int count = (int) Math.min(left, BLOCK);
            left -= count;
            underWay++;
            connection.write(PATTERN.duplicate().limit(count), turn, this);
        }
        sending = false;
    }

    private static ByteBuffer pattern() {
        ByteBuffer bytes = ByteBuffer.allocateDirect(BLOCK);
        for (int i = 0; i < BLOCK; i++) {
            bytes.put((byte) (i % PERIOD));
        }
        return bytes.flip().asReadOnlyBuffer();
    }

    /** The task that a completed write runs in the connection's turn. */
    final class Turn implements Runnable {
        @Override
        public void run() {
            underWay--;
            send();
            if (left == 0 && underWay == 0) {
                whenSent.run();
            }
        }
    }
}
