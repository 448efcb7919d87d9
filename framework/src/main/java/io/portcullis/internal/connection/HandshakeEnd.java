// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Maps the end of a handshake without success to a {@link TlsException}, whatever ended it. */
final class HandshakeEnd {
    private HandshakeEnd() {}

    /**
     * What a connection that was not yet open, or not open again, failed with.
     *
     * @param why its reason
     * @param cause what lay behind it, if there was an exception
     * @param negotiating whether bytes of TLS had come, or it had been decided that they would
     * @param heard how many bytes had come from the peer
     * @return the same in one word; null if the handshake has not failed, but was given up by one of the two sides
     */
    static @Nullable TlsException of(CloseReason why, @Nullable Throwable cause, boolean negotiating, long heard) {
        if (cause instanceof TlsException explained) {
            return explained;
        }
        String said = ForeignText.of(String.valueOf(cause));
        return switch (why) {
            case HANDSHAKE_TIMEOUT -> late(negotiating, heard);
            case ADMISSION_REFUSED -> refused(cause);
            case ADMISSION_TIMEOUT ->
                new TlsException(
                        HandshakeFailure.ADMISSION_TIMEOUT,
                        "too many handshakes run, and it was not this one's turn in time; raise the AdmissionLimit if"
                                + " the machine can do more",
                        cause);
            case IO_FAILED ->
                new TlsException(
                        cause instanceof IOException ? HandshakeFailure.RESET : HandshakeFailure.OTHER,
                        "the connection failed before TLS was negotiated: " + said,
                        cause);
            case HANDSHAKE_FAILED, PROTOCOL_VIOLATION, UPGRADE_VIOLATION ->
                new TlsException(HandshakeFailure.OTHER, "the handshake failed: " + said, cause);
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

    /** For the AdmissionLimit, or because of the tasks that wait, as the cause says. */
    private static TlsException refused(@Nullable Throwable cause) {
        String why = cause == null
                ? "too many handshakes run, and too many wait; raise the AdmissionLimit if the machine can do more"
                : "too many tasks of handshakes wait: " + ForeignText.of(cause);
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
                        "it was not decided before the deadline what the connection is; " + heard + " bytes had come",
                        null);
    }
}
