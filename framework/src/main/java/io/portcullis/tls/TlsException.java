// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS failed. The {@link #failure()} is for programs, the message for people. */
public final class TlsException extends SSLException {
    private static final long serialVersionUID = 1;

    /** The bounded reason. */
    private final HandshakeFailure failure;

    /** What the peer is told when no engine has spoken yet. */
    private final Alert alert;

    /**
     * Makes an exception.
     *
     * @param failure the bounded reason
     * @param message what happened and what to do; holds at most 16 bytes of the peer's data, in hexadecimal
     * @param cause the engine's own exception, if there is one
     */
    public TlsException(HandshakeFailure failure, String message, @Nullable Throwable cause) {
        this(failure, Alert.INTERNAL_ERROR, message, cause);
    }

    TlsException(HandshakeFailure failure, Alert alert, String message) {
        this(failure, alert, message, null);
    }

    private TlsException(HandshakeFailure failure, Alert alert, String message, @Nullable Throwable cause) {
        super(failure + ": " + message, cause);
        this.failure = failure;
        this.alert = alert;
    }

    /**
     * The bounded reason.
     *
     * @return the reason
     */
    public HandshakeFailure failure() {
        return failure;
    }

    /** What the peer is told when no engine has spoken yet. */
    Alert alert() {
        return alert;
    }
}
