// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header, of either version, at the start of a connection. It consumes exactly the header; while the
 * header is incomplete it consumes nothing. Invalid input is refused at the first byte that proves it invalid, and a
 * length as soon as it is announced, so no connection waits for bytes that cannot help.
 *
 * <p>Owns no buffer. Not thread-safe.
 */
public final class ProxyHeaderReader {
    /**
     * The maximum length in bytes of a header, reached by version 2 with all its fields. A version 1 header has at most
     * 107.
     */
    public static final int LIMIT = BinaryForm.LONGEST;

    private static final ByteBuffer TEXT_SIGNATURE =
            ByteBuffer.wrap("PROXY ".getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();

    private int needed = BinaryForm.HEADER;

    /** Creates a reader for one connection. */
    public ProxyHeaderReader() {}

    /**
     * Reads the header if it is complete.
     *
     * @param network everything received on the connection so far; the header is consumed when it is complete
     * @return the header, or null if more bytes are needed
     * @throws ProxyException if this is not a valid header; nothing has been consumed
     */
    public @Nullable ProxyHeader read(ByteBuffer network) throws ProxyException {
        if (!network.hasRemaining()) {
            return null;
        }
        if (begins(network, TEXT_SIGNATURE)) {
            needed = TextForm.LONGEST;
            return network.remaining() < TEXT_SIGNATURE.remaining() ? null : TextForm.read(network);
        }
        ByteBuffer signature = BinaryForm.signature();
        if (begins(network, signature)) {
            return network.remaining() < BinaryForm.HEADER ? null : binary(network);
        }
        throw new ProxyException(
                ProxyFailure.MISSING,
                "the connection does not begin with a PROXY header; have the proxy send one, or listen without it;"
                        + " first bytes "
                        + ForeignText.hex(network));
    }

    private @Nullable ProxyHeader binary(ByteBuffer network) throws ProxyException {
        int length = network.getShort(network.position() + BinaryForm.HEADER - 2) & 0xffff;
        BinaryParser.checkHeader(network);
        needed = BinaryForm.HEADER + length;
        if (needed > LIMIT) {
            throw new ProxyException(
                    ProxyFailure.TOO_LONG, "the PROXY header announces " + needed + " bytes; the limit is " + LIMIT);
        }
        if (network.remaining() < needed) {
            return null;
        }
        ProxyHeader header = BinaryParser.parse(network.slice(network.position(), needed));
        network.position(network.position() + needed);
        return header;
    }

    /** Returns whether the bytes received so far start with the signature, or are a prefix of it. */
    private static boolean begins(ByteBuffer network, ByteBuffer signature) {
        int length = Math.min(network.remaining(), signature.remaining());
        return network.slice(network.position(), length).equals(signature.slice(signature.position(), length));
    }

    /**
     * Returns how many bytes the buffer must be able to hold to make progress.
     *
     * @return at most {@link #LIMIT}
     */
    public int needed() {
        return needed;
    }

    /**
     * Returns the exception for a network that ended before the header was complete.
     *
     * @param network what was received
     * @return the exception with which to refuse the connection
     */
    public ProxyException truncated(ByteBuffer network) {
        return new ProxyException(
                ProxyFailure.TRUNCATED,
                "the network ended within the PROXY header; first bytes " + ForeignText.hex(network));
    }
}
