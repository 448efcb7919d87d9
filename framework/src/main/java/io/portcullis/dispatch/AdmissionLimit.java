// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.time.Duration;

/**
 * Limits how many connections may be opening at a time. When many clients reconnect at once, those that are admitted
 * are served quickly, one after the other, instead of all of them slowly and too late; and open connections get their
 * turns in between.
 *
 * <p><b>On a server</b> it bounds how many TLS handshakes compute at a time. A connection requests a slot when there is
 * something to compute: when the whole ClientHello has come, and again for each later flight of its handshake. It
 * releases the slot when the flight has been processed, so a connection that is silent or plain, sends half a hello, or
 * stalls in the middle of its handshake holds no slot. A slot becomes free again when the dispatcher has gone once
 * through everything else that waits for its threads, or when the handshake's tasks that run elsewhere have ended; so
 * an open connection waits for at most {@code concurrent} computations before its turn. Handshakes that have begun take
 * precedence over those that have not, and are never refused.
 *
 * <p>It does not bound how many handshakes have begun and wait for their peers. {@link ConnectionLimits} bounds their
 * number, and the handshake deadline the duration of each.
 *
 * <p><b>On a client</b> it bounds the connects in progress, from the name lookup until the connection is open or has
 * failed; a waiting connect has no socket yet.
 *
 * <p>A connection that is not admitted immediately waits in a queue, and is not read meanwhile.
 *
 * @param concurrent the maximum number at a time; at least 1
 * @param queue the maximum number that wait; with 0, a connection that is not admitted immediately is refused
 *     ({@link io.portcullis.CloseReason#ADMISSION_REFUSED})
 * @param timeout how long a connection may wait; more than 0 ({@link io.portcullis.CloseReason#ADMISSION_TIMEOUT})
 */
public record AdmissionLimit(int concurrent, int queue, Duration timeout) {

    /**
     * The default of a server: the handshake deadline, which continues to run, leaves some time to those admitted last.
     */
    static final AdmissionLimit SERVER = new AdmissionLimit(256, 10_000, Duration.ofSeconds(8));

    /** The default of a client: a waiting connect costs almost nothing, and no server waits for it. */
    static final AdmissionLimit CLIENT = new AdmissionLimit(256, 100_000, Duration.ofSeconds(30));

    /**
     * Creates a limit.
     *
     * @param concurrent the maximum number at a time; at least 1
     * @param queue the maximum number that wait; at least 0
     * @param timeout how long a connection may wait; more than 0
     */
    public AdmissionLimit(int concurrent, int queue, Duration timeout) {
        if (concurrent < 1 || queue < 0 || timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("an AdmissionLimit needs at least 1 at a time, a queue of at least 0 and"
                    + " a timeout of more than 0, not " + concurrent + ", " + queue + " and " + timeout);
        }
        this.concurrent = concurrent;
        this.queue = queue;
        this.timeout = timeout;
    }

    /**
     * Returns a limit that is never reached, for tests and for applications that limit elsewhere.
     *
     * @return the limit
     */
    public static AdmissionLimit none() {
        return new AdmissionLimit(Integer.MAX_VALUE, 0, Duration.ofDays(1));
    }
}
