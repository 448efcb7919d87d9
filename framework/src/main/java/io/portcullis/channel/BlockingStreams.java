// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.Connection;
import io.portcullis.NonBlocking;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * Blocking streams over a channel, for one thread in each direction, preferably a virtual one.
 *
 * <p>A call that would block a thread that must not wait throws {@link IllegalStateException}: on the threads of a
 * dispatcher, and within the callbacks of the same connection, where it would wait for itself. An interrupt closes the
 * channel, and the call fails with {@link InterruptedIOException}. The timeouts of the connection bound each call: when
 * one of them ends the connection, the call fails with an {@link IOException} that contains the reason. Each call is a
 * separate operation: for single bytes and lines, wrap the streams in buffered ones.
 */
public final class BlockingStreams implements Closeable {
    private final ChannelOperations operations;
    private final InputStream input = new Input();
    private final OutputStream output = new Output();

    BlockingStreams(ChannelOperations operations) {
        this.operations = operations;
    }

    /**
     * Returns the connection, for example for its session and addresses.
     *
     * @return the connection
     */
    public Connection connection() {
        return operations.connection();
    }

    /**
     * Returns the input stream. A read waits for at least one byte, and returns -1 once the peer has ended its stream
     * properly; if the stream was truncated, it fails. Closing the input stream closes the connection.
     *
     * @return the stream
     */
    public InputStream input() {
        return input;
    }

    /**
     * Returns the output stream. A write returns when all its bytes have been handed to the operating system, so a peer
     * that reads slowly slows down the writer; there is nothing to flush. Closing the output stream closes the
     * connection.
     *
     * @return the stream
     */
    public OutputStream output() {
        return output;
    }

    /** Closes the connection gracefully; does not wait. */
    @Override
    public void close() {
        operations.close();
    }

    private void refuseWhereNobodyMayWait() {
        Thread here = Thread.currentThread();
        if (here instanceof NonBlocking) {
            throw new IllegalStateException("a stream must not block " + here.getName()
                    + ", a thread that serves many connections; read and write on another thread"
                    + " (ChannelHandler.blocking gives each connection one), or use the channel itself");
        }
        if (connection().inTurn()) {
            throw new IllegalStateException(
                    "a stream must not block within a callback of its own connection, which receives"
                            + " nothing until the callback returns; read and write on another thread"
                            + " (ChannelHandler.blocking gives each connection one), or use the channel itself");
        }
    }

    private <T> T await(CompletableFuture<T> operation) throws IOException {
        try {
            return operation.get();
        } catch (InterruptedException interrupt) {
            operations.close();
            Thread.currentThread().interrupt();
            throw (IOException) new InterruptedIOException("interrupted while waiting; the connection is closed")
                    .initCause(interrupt);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(failure.getCause());
        } catch (CancellationException withdrawn) {
            throw (IOException) new ClosedChannelException().initCause(withdrawn);
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            refuseWhereNobodyMayWait();
            return await(operations.read(ByteBuffer.wrap(bytes, offset, length)));
        }

        @Override
        public void close() {
            operations.close();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int oneByte) throws IOException {
            write(new byte[] {(byte) oneByte}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            refuseWhereNobodyMayWait();
            if (length > 0) {
                Sending sending = new Sending(ByteBuffer.wrap(bytes, offset, length));
                operations.write(sending);
                await(sending.future());
            }
        }

        @Override
        public void close() {
            operations.close();
        }
    }
}
