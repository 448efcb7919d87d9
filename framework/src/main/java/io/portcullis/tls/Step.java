// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * The result of a call of {@link Filter}: what was done, or what the filter waits for. Each kind of wait has its own
 * constant, so that a caller always knows what to do next.
 */
public enum Step {
    /** Bytes moved; call again. */
    PROGRESS,
    /**
     * Nothing more to do for now. From {@link Filter#decode decode}: more network bytes are needed. From
     * {@link Filter#encode encode}: all application bytes are encoded.
     */
    NEED_INPUT,
    /** The destination is too small: drain it, or provide one with the room that the filter needs, and call again. */
    NEED_SPACE,
    /** From decode: call encode before decoding further; the filter has something to send to the peer. */
    NEED_ENCODE,
    /** From encode: nothing can be sent until more has been received from the peer; decode. */
    NEED_DECODE,
    /** Run {@link Filter#task()}, on any thread, and call again afterwards. */
    RUN_TASK,
    /** The handshake is complete. Returned exactly once in the life of a filter; call again. */
    SECURED,
    /** This filter has finished its work: continue with {@link Filter#successor()}, on the same bytes. */
    REPLACE,
    /** This direction has ended regularly. */
    CLOSED
}
