// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.io.IOException;

/** A PROXY header was refused. The {@link #failure()} is for programs, the message for people. */
public final class ProxyException extends IOException {
    private static final long serialVersionUID = 1;

    /** The bounded reason. */
    private final ProxyFailure failure;

    /**
     * Makes an exception.
     *
     * @param failure the bounded reason
     * @param message what happened and what to do; holds at most 16 bytes of the peer's data, in hexadecimal
     */
    public ProxyException(ProxyFailure failure, String message) {
        super(ForeignText.line(failure + ": " + message));
        this.failure = failure;
    }

    /**
     * The bounded reason.
     *
     * @return the reason
     */
    public ProxyFailure failure() {
        return failure;
    }
}
