// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.Alert;
import java.util.OptionalInt;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Thrown when TLS fails. Programs use the {@link #failure()}; the message is for people. */
public final class TlsException extends SSLException {
    private static final long serialVersionUID = 1;

    /** One of a bounded set of reasons. */
    private final HandshakeFailure failure;

    /** The alert that is sent to the peer unless the engine has one. */
    private final Alert alert;

    /** The number of the peer's alert, or negative if there was none. */
    private final int peerAlert;

    /**
     * Creates an exception.
     *
     * @param failure the reason
     * @param message what happened, and what to do; contains at most 16 bytes of the peer's data in hexadecimal, or a
     *     name. Escaped and truncated if it cannot be printed in one line
     * @param cause the engine's exception, if any; if it or one of its own causes cannot be printed safely, it is
     *     replaced by an exception with the same content
     */
    public TlsException(HandshakeFailure failure, String message, @Nullable Throwable cause) {
        this(failure, message, cause, -1);
    }

    /** Creates an exception for a failure of the engine, because of the peer's alert if that is not negative. */
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
     * Returns the reason.
     *
     * @return one of a bounded set of reasons
     */
    public HandshakeFailure failure() {
        return failure;
    }

    /**
     * Returns the alert with which the peer ended the connection.
     *
     * @return its number (RFC 8446, 6), such as 48 for unknown_ca; empty if the peer did not end it with an alert
     */
    public OptionalInt peerAlert() {
        return peerAlert < 0 ? OptionalInt.empty() : OptionalInt.of(peerAlert);
    }

    /** Returns the alert that is sent to the peer unless the engine has one. */
    Alert alert() {
        return alert;
    }
}
