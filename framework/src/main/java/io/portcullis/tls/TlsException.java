// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.Alert;
import java.util.OptionalInt;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** TLS failed. The {@link #failure()} is for programs, the message for people. */
public final class TlsException extends SSLException {
    private static final long serialVersionUID = 1;

    /** The bounded reason. */
    private final HandshakeFailure failure;

    /** What the peer is told when no engine has spoken yet. */
    private final Alert alert;

    /** The number of the peer's alert, negative if there was none. */
    private final int peerAlert;

    /**
     * Makes an exception.
     *
     * @param failure the bounded reason
     * @param message what happened and what to do; holds at most 16 bytes of the peer's data, in hexadecimal, or a
     *     name. Escaped and cut if it cannot be printed in one line
     * @param cause the engine's own exception, if there is one; if it, or what lies behind it, cannot be printed as it
     *     is, another one stands for it that says the same
     */
    public TlsException(HandshakeFailure failure, String message, @Nullable Throwable cause) {
        this(failure, message, cause, -1);
    }

    /** The engine has failed: by the alert of the peer, if that is not negative. */
    TlsException(HandshakeFailure failure, String message, @Nullable Throwable cause, int peerAlert) {
        this(failure, Alert.INTERNAL_ERROR, message, cause, peerAlert);
    }

    TlsException(HandshakeFailure failure, Alert alert, String message) {
        this(failure, alert, message, null, -1);
    }

    private TlsException(
            HandshakeFailure failure, Alert alert, String message, @Nullable Throwable cause, int peerAlert) {
        super(ForeignText.line(failure + ": " + message), cause == null ? null : ForeignFailure.of(cause));
        this.failure = failure;
        this.alert = alert;
        this.peerAlert = peerAlert;
    }

    /**
     * The bounded reason.
     *
     * @return the reason
     */
    public HandshakeFailure failure() {
        return failure;
    }

    /**
     * The alert with which the peer ended the connection.
     *
     * @return its number (RFC 8446, 6), such as 48 for unknown_ca; empty if it was not the peer who did
     */
    public OptionalInt peerAlert() {
        return peerAlert < 0 ? OptionalInt.empty() : OptionalInt.of(peerAlert);
    }

    /** What the peer is told when no engine has spoken yet. */
    Alert alert() {
        return alert;
    }
}
