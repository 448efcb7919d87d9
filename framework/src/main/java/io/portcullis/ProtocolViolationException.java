// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignText;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by a callback when the peer has violated the application's own protocol. The connection ends with
 * {@link CloseReason#PROTOCOL_VIOLATION} and this exception as the cause: the message is logged without a stack trace,
 * and the handler does not count as failed.
 *
 * <p>Without a reply the connection ends immediately, and writes that were not yet sent are lost. With a reply, such as
 * an error message of the protocol, it is closed gracefully: earlier writes are sent, then the reply, then the end of
 * the stream, and what the peer still sends is discarded. A parser that does not know its connection can thus respond.
 */
public class ProtocolViolationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient byte @Nullable [] reply;

    /**
     * Creates an exception without a reply.
     *
     * @param message what the peer did and what is allowed, quoting at most a few bytes of its input. Escaped if it
     *     cannot be printed in one line
     */
    public ProtocolViolationException(String message) {
        super(ForeignText.line(message), null, false, false);
        this.reply = null;
    }

    /**
     * Creates an exception with a reply, which is not sent if nothing can be written at that moment, such as after
     * {@link Connection#shutdownOutput()} and during an upgrade.
     *
     * @param message as for an exception without a reply
     * @param reply the last bytes to send to the peer; copied
     */
    public ProtocolViolationException(String message, byte[] reply) {
        super(ForeignText.line(message), null, false, false);
        this.reply = reply.clone();
    }

    /**
     * Throws an exception without a reply unless a condition holds.
     *
     * @param condition whether the peer follows the protocol
     * @param message as for the constructor
     * @throws ProtocolViolationException if the condition is false
     */
    public static void require(boolean condition, String message) {
        if (!condition) {
            throw new ProtocolViolationException(message);
        }
    }

    /**
     * Returns the last bytes to send to the peer.
     *
     * @return a read-only view of the bytes, or empty if the connection ends without a reply
     */
    public final Optional<ByteBuffer> reply() {
        return Optional.ofNullable(reply).map(bytes -> ByteBuffer.wrap(bytes).asReadOnlyBuffer());
    }
}
