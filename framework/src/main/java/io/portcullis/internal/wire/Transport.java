// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The seam to the socket. Operations complete exactly once, inside the call that started them or later on any
 * dispatcher thread, also when the transport is closed meanwhile; until then the buffer belongs to the transport.
 */
public interface Transport {
    /** What is said to have failed an operation that has not come back, long after its socket was closed. */
    Throwable LOST = new IOException("an operation has not come back");

    /** Reads at least one byte into the buffer, or completes with -1 at the end of the stream. */
    void read(ByteBuffer target, CompletionHandler<Integer, Void> handler);

    /** Writes at least one byte of the buffer. */
    void write(ByteBuffer source, CompletionHandler<Integer, Void> handler);

    /** Writes at least one byte of the buffers, in their order. */
    void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler);

    /** How many bytes the operating system keeps for a peer that takes nothing; 0 if that is not known. */
    int sendBuffer();

    /** The options of the socket; none if there is no socket. */
    default Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    /** Returns an option of the socket, as {@link java.nio.channels.NetworkChannel#getOption} does. */
    default <T> T option(SocketOption<T> option) throws IOException {
        throw new UnsupportedOperationException("there is no socket with an option " + option.name());
    }

    /** Sets an option of the socket, as {@link java.nio.channels.NetworkChannel#setOption} does. */
    default <T> void setOption(SocketOption<T> option, T value) throws IOException {
        throw new UnsupportedOperationException("there is no socket with an option " + option.name());
    }

    /** Ends the output: the peer reads the end of the stream behind everything that was written. */
    void shutdownOutput() throws IOException;

    /** Closes the socket; what is pending fails. May be called again. */
    void close();

    /**
     * Whether {@link #close} has done so: then nothing touches the buffer of an operation any more, even if it never
     * completes. Closing may fail, or fail halfway.
     */
    boolean closed();

    /**
     * Whether an operation that is lost, or has failed, may go on all the same, in a socket that could not be closed.
     */
    default boolean mayGoOnAfter(@Nullable Throwable failure) {
        return failure != null && !closed();
    }
}
