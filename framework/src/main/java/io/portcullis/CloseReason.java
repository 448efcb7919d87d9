// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * The reason for which a connection ended. Every connection ends with exactly one of these; the handler's
 * {@link ConnectionHandler#onClose onClose}, the log line and the statistics all use it.
 */
public enum CloseReason {
    /** This side called {@link Connection#close()} first. */
    LOCAL_CLOSE,
    /** This side called {@link Connection#abort()}: writes that were not yet sent are lost. */
    LOCAL_ABORT,
    /**
     * The peer ended its stream properly (a close_notify under TLS, an end of stream without), then this side closed.
     */
    PEER_CLOSE,
    /** The peer's TCP stream ended without a close_notify: what was received may be incomplete (RFC 8446, 6.1). */
    PEER_TRUNCATED,
    /** The gate or the TLS handshake refused the connection; the cause gives the reason. */
    HANDSHAKE_FAILED,
    /** The connection was not open for data within the handshake deadline, or not again after an upgrade. */
    HANDSHAKE_TIMEOUT,
    /** A client could not connect to any address within its connect deadline. */
    CONNECT_TIMEOUT,
    /**
     * Too many handshakes were running and too many others were waiting: see {@code AdmissionLimit}. Also used, with a
     * cause that describes it, if too many handshake tasks, or name lookups of a client, were waiting for a thread: see
     * {@code Dispatcher.Builder.taskThreads}.
     */
    ADMISSION_REFUSED,
    /** Too many handshakes were running, and this one was not admitted in time: see {@code AdmissionLimit}. */
    ADMISSION_TIMEOUT,
    /** Nothing was received or sent within the idle timeout. */
    IDLE_TIMEOUT,
    /** The peer read nothing within the write timeout while bytes waited for it. */
    WRITE_TIMEOUT,
    /**
     * After the handshake the peer broke the TLS protocol or exceeded a limit of it, or a callback reported a violation
     * of the application's own protocol ({@link ProtocolViolationException}); the cause describes it.
     */
    PROTOCOL_VIOLATION,
    /**
     * Something other than TLS followed the command that starts TLS, or bytes were left unread where TLS ends. These
     * bytes are never interpreted ({@link Connection#startTls}).
     */
    UPGRADE_VIOLATION,
    /** The handler left more bytes unread than its limit allows. */
    UNREAD_LIMIT,
    /**
     * The buffer budget is exhausted: the connection needed a buffer that was not available, or held most of the
     * buffers while its peer read nothing; the cause tells these apart and describes what to do.
     */
    MEMORY_LIMIT,
    /** A callback of the handler threw an exception, which is the cause. */
    HANDLER_FAILED,
    /**
     * The application changed a buffer that it did not own at the time: one passed to a write, before the completion,
     * or the one lent to {@code onData}; the cause tells which. The output sent to the peer is incomplete.
     */
    BUFFER_CHANGED,
    /** The socket failed: reset by the peer, unreachable, broken pipe; the cause is the operating system's error. */
    IO_FAILED,
    /** A file could not be read, or ended, before the requested part was sent ({@link Connection#sendFile}). */
    FILE_FAILED,
    /** The server, the client or the dispatcher was closed. */
    SHUTDOWN
}
