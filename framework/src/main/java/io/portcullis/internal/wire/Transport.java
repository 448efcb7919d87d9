// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The socket, as seen by a connection. Operations complete exactly once, inside the call that started them or later on
 * any dispatcher thread, even if the transport is closed meanwhile; until then the buffer belongs to the transport.
 */
public interface Transport {
    /** The failure reported for an operation that has not completed long after its socket was closed. */
    Throwable LOST = new IOException("an operation has not completed");

    /** Reads at least one byte into the buffer, or completes with -1 at the end of the stream. */
    void read(ByteBuffer target, CompletionHandler<Integer, Void> handler);

    /** Writes at least one byte of the buffer. */
    void write(ByteBuffer source, CompletionHandler<Integer, Void> handler);

    /** Writes at least one byte of the buffers, in order. */
    void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler);

    /** Returns how many bytes the operating system buffers for a peer that receives nothing; 0 if that is not known. */
    int sendBuffer();

    /** Shuts down the output: the peer reads the end of the stream after everything that was written. */
    void shutdownOutput() throws IOException;

    /** Closes the socket; pending operations fail. May be called again. */
    void close();

    /**
     * Returns whether {@link #close} has succeeded: then nothing accesses the buffer of an operation any more, even if
     * the operation never completes. Closing may fail, or fail halfway.
     */
    boolean closed();

    /**
     * Returns whether an operation that is lost or has failed may still be in progress, in a socket that could not be
     * closed.
     */
    default boolean mayGoOnAfter(@Nullable Throwable failure) {
        return failure != null && !closed();
    }
}
