// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * Why a connection ended. Every connection ends with exactly one of these, and the same word stands in the handler's
 * {@link ConnectionHandler#onClose onClose}, in the log line and in the statistics.
 */
public enum CloseReason {
    /** This side called {@link Connection#close()} first. */
    LOCAL_CLOSE,
    /** This side called {@link Connection#abort()}: what was not yet sent is lost. */
    LOCAL_ABORT,
    /**
     * The peer ended its stream properly (a close_notify under TLS, an end of stream without), then this side closed.
     */
    PEER_CLOSE,
    /** The peer's TCP stream ended without a close_notify: what was received may be incomplete (RFC 8446, 6.1). */
    PEER_TRUNCATED,
    /** The gate or the TLS handshake refused the connection; the cause says why. */
    HANDSHAKE_FAILED,
    /** The connection was not open for data within the handshake deadline, or not again after an upgrade. */
    HANDSHAKE_TIMEOUT,
    /** A client found no address that answered within its connect deadline. */
    CONNECT_TIMEOUT,
    /**
     * Too many handshakes ran already, and too many others waited for their turn: see {@code AdmissionLimit}. Also if
     * too many tasks of handshakes, or of a client look-ups of names, waited for a thread; then the cause says so: see
     * {@code Dispatcher.Builder.taskThreads}.
     */
    ADMISSION_REFUSED,
    /** Too many handshakes ran already, and it was not this one's turn in time: see {@code AdmissionLimit}. */
    ADMISSION_TIMEOUT,
    /** Nothing was received or sent for the idle time. */
    IDLE_TIMEOUT,
    /** The peer read nothing for the write time while bytes waited for it. */
    WRITE_TIMEOUT,
    /**
     * After the handshake the peer broke the TLS protocol or exceeded a limit of it, or a callback found that it broke
     * the application's own protocol ({@link ProtocolViolationException}); the cause says how.
     */
    PROTOCOL_VIOLATION,
    /**
     * Something else than TLS came behind the command that starts TLS, or bytes were left unread where TLS ends: they
     * are interpreted by nobody ({@link Connection#startTls}).
     */
    UPGRADE_VIOLATION,
    /** The handler left more bytes unread than it may. */
    UNREAD_LIMIT,
    /**
     * The budget of the buffers is used up: the connection needed one that was not to be had, or held most of them
     * while its peer took nothing; the cause says which, and what to do.
     */
    MEMORY_LIMIT,
    /** A callback of the handler threw; the cause is what it threw. */
    HANDLER_FAILED,
    /**
     * The application changed a buffer that was not its own at the time: one that it had given to a write, before the
     * completion, or the one that was lent to {@code onData}; the cause says which. What the peer was sent is not the
     * whole.
     */
    BUFFER_CHANGED,
    /** The socket failed: reset by the peer, unreachable, broken pipe; the cause is the operating system's word. */
    IO_FAILED,
    /** A file could not be read, or ended, before everything was sent that was to be ({@link Connection#sendFile}). */
    FILE_FAILED,
    /** The server, the client or the dispatcher was closed. */
    SHUTDOWN
}
