// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignText;

/**
 * Thrown by a callback when the peer has violated the application's own protocol. The connection ends with
 * {@link CloseReason#PROTOCOL_VIOLATION} and this exception as the cause: the message is logged without a stack trace,
 * and the handler does not count as failed. Writes that were not yet sent are lost.
 */
public class ProtocolViolationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates an exception.
     *
     * @param message what the peer did and what is allowed, quoting at most a few bytes of its input. Escaped if it
     *     cannot be printed in one line
     */
    public ProtocolViolationException(String message) {
        super(ForeignText.line(message), null, false, false);
    }
}
