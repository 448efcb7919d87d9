// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the PROXY header in front of a connection, of either version. It consumes the header, whole, and not a byte
 * more; while the header is not complete it consumes nothing. What cannot become a header is refused at the first byte
 * that says so, and a length as soon as it is announced, so nobody is made to wait for bytes that will not help.
 *
 * <p>Owns no buffer. Not thread-safe.
 */
public final class ProxyHeaderReader {
    /** The longest header, of version 2 with all its fields, in bytes. That of version 1 has at most 107. */
    public static final int LIMIT = BinaryForm.LONGEST;

    private static final ByteBuffer TEXT_SIGNATURE =
            ByteBuffer.wrap("PROXY ".getBytes(StandardCharsets.US_ASCII)).asReadOnlyBuffer();

    private int needed = BinaryForm.HEADER;

    /** A reader for one connection. */
    public ProxyHeaderReader() {}

    /**
     * Looks at what has arrived.
     *
     * @param network everything received on the connection so far; the header is consumed when it is whole
     * @return the header, or null if more bytes are needed
     * @throws ProxyException if this is no header; nothing has been consumed
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
                "the connection does not open with a PROXY header; let the proxy send one, or listen without it; first bytes "
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

    /** Whether the bytes at hand are the beginning of the signature, or it is theirs. */
    private static boolean begins(ByteBuffer network, ByteBuffer signature) {
        int length = Math.min(network.remaining(), signature.remaining());
        return network.slice(network.position(), length).equals(signature.slice(signature.position(), length));
    }

    /**
     * How many bytes the buffer must be able to hold to get on.
     *
     * @return at most {@link #LIMIT}
     */
    public int needed() {
        return needed;
    }

    /**
     * The network has ended before the header was complete.
     *
     * @param network what was received
     * @return what to refuse the connection with
     */
    public ProxyException truncated(ByteBuffer network) {
        return new ProxyException(
                ProxyFailure.TRUNCATED,
                "the network ended within the PROXY header; first bytes " + ForeignText.hex(network));
    }
}
