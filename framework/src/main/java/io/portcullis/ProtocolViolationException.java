// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignText;

/**
 * The peer has broken the application's own protocol. A callback that throws it ends its connection with
 * {@link CloseReason#PROTOCOL_VIOLATION} and this as the cause: the message is logged, without a stack, and the handler
 * does not count as failed. What was written and not yet sent is lost.
 */
public class ProtocolViolationException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A violation.
     *
     * @param message what the peer did, and what was allowed; at most a few bytes of what it sent. Escaped if it cannot
     *     be printed in one line
     */
    public ProtocolViolationException(String message) {
        super(ForeignText.line(message), null, false, false);
    }
}
