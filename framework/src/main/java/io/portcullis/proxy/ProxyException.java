// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.io.IOException;

/** Thrown when a PROXY header is refused. The {@link #failure()} is meant for programs, the message for people. */
public final class ProxyException extends IOException {
    private static final long serialVersionUID = 1;

    /** The reason, out of a bounded set. */
    private final ProxyFailure failure;

    /**
     * Creates an exception.
     *
     * @param failure the reason, out of a bounded set
     * @param message what happened and what to do; contains at most 16 bytes of the peer's data, in hexadecimal
     */
    public ProxyException(ProxyFailure failure, String message) {
        super(ForeignText.line(failure + ": " + message));
        this.failure = failure;
    }

    /**
     * Returns the reason, out of a bounded set.
     *
     * @return the reason
     */
    public ProxyFailure failure() {
        return failure;
    }
}
