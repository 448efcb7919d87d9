// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Maps every unsuccessful end of a handshake to a {@link TlsException}. */
final class HandshakeEnd {
    private HandshakeEnd() {}

    /**
     * Returns the failure of a connection that was not yet open, or not open again.
     *
     * @param why the reason for which the connection ended
     * @param cause the underlying exception, if any
     * @param negotiating whether bytes of TLS had come, or the gate had decided on TLS
     * @param heard how many bytes had come from the peer
     * @return the failure, or null if the handshake did not fail but was cancelled by one of the two sides
     */
    static @Nullable TlsException of(CloseReason why, @Nullable Throwable cause, boolean negotiating, long heard) {
        if (cause instanceof TlsException explained) {
            return explained;
        }
        String text = ForeignText.of(String.valueOf(cause));
        return switch (why) {
            case HANDSHAKE_TIMEOUT -> late(negotiating, heard);
            case ADMISSION_REFUSED -> refused(cause);
            case ADMISSION_TIMEOUT ->
                new TlsException(
                        HandshakeFailure.ADMISSION_TIMEOUT,
                        "too many handshakes are running, and this one was not admitted in time; raise the"
                                + " AdmissionLimit if the machine can handle more",
                        cause);
            case IO_FAILED ->
                new TlsException(
                        cause instanceof IOException ? HandshakeFailure.RESET : HandshakeFailure.OTHER,
                        "the connection failed before TLS was negotiated: " + text,
                        cause);
            case HANDSHAKE_FAILED, PROTOCOL_VIOLATION, UPGRADE_VIOLATION ->
                new TlsException(HandshakeFailure.OTHER, "the handshake failed: " + text, cause);
            case LOCAL_CLOSE,
                    LOCAL_ABORT,
                    PEER_CLOSE,
                    PEER_TRUNCATED,
                    CONNECT_TIMEOUT,
                    IDLE_TIMEOUT,
                    WRITE_TIMEOUT,
                    UNREAD_LIMIT,
                    MEMORY_LIMIT,
                    HANDLER_FAILED,
                    BUFFER_CHANGED,
                    FILE_FAILED,
                    SHUTDOWN -> null;
        };
    }

    /**
     * Returns the failure of a refused handshake: because of the AdmissionLimit, or of too many waiting tasks if there
     * is a cause.
     */
    private static TlsException refused(@Nullable Throwable cause) {
        String why = cause == null
                ? "too many handshakes are running, and too many wait; raise the AdmissionLimit"
                        + " if the machine can handle more"
                : "too many handshake tasks are waiting: " + ForeignText.of(cause);
        return new TlsException(HandshakeFailure.ADMISSION_REFUSED, why, cause);
    }

    private static TlsException late(boolean negotiating, long heard) {
        if (heard == 0) {
            return new TlsException(HandshakeFailure.TIMEOUT_SILENT, "the peer sent nothing before the deadline", null);
        }
        return negotiating
                ? new TlsException(
                        HandshakeFailure.TIMEOUT_NEGOTIATION,
                        "TLS was not negotiated before the deadline; " + heard + " bytes had come",
                        null)
                : new TlsException(
                        HandshakeFailure.TIMEOUT_GATE,
                        "the gate had not decided on the connection before the deadline; " + heard + " bytes had come",
                        null);
    }
}
