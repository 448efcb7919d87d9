// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * What a {@link Filter} answers: what it did, or what it waits for. Every wait has a name, so the one who drives a
 * filter never has to guess.
 */
public enum Step {
    /** Bytes moved; call again. */
    PROGRESS,
    /**
     * Nothing more to do for now. From {@link Filter#decode decode}: more network bytes are needed. From
     * {@link Filter#encode encode}: all application bytes are encoded.
     */
    NEED_INPUT,
    /** The destination is too small: drain it, or bring one of the size that the filter asks for, and call again. */
    NEED_SPACE,
    /** From decode: call encode before decoding on; the filter has something to say to the peer. */
    NEED_ENCODE,
    /** From encode: nothing can be sent until the peer has been heard; decode. */
    NEED_DECODE,
    /** Run {@link Filter#task()}, on any thread, and call again after it. */
    RUN_TASK,
    /** The handshake is over: answered exactly once in the life of a filter. Call again. */
    SECURED,
    /** This filter has done its work: go on with {@link Filter#successor()}, on the same bytes. */
    REPLACE,
    /** This direction has ended, properly. */
    CLOSED
}
