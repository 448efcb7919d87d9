// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.time.Duration;

/**
 * How many connections may be opening at a time. When everybody reconnects at once, those that are let in are served
 * quickly, one after the other, instead of all of them slowly and too late; and connections that are open get their
 * turn between them.
 *
 * <p><b>On a server</b> it bounds the computing of TLS handshakes. A connection asks for a place when there is
 * something to compute: when the whole ClientHello has come, and again for each later flight of its handshake. It gives
 * the place back when that is answered, so one that is silent, plain, sends half a hello, or stops in the middle of its
 * handshake takes nobody's place. A place is free again when the dispatcher has gone once through what else waits for
 * its threads, or the tasks of the handshake have ended that run elsewhere: so an open connection waits for at most
 * {@code concurrent} computations before it is its turn. Handshakes that have begun come before those that have not,
 * and are never refused.
 *
 * <p>It does not bound how many handshakes have begun and wait for their peers. That is bounded by
 * {@link ConnectionLimits}, and each of them by the handshake deadline.
 *
 * <p><b>On a client</b> it bounds the connects that are on their way, from the look-up of the name until the connection
 * is open or has failed; one that waits has no socket yet.
 *
 * <p>A connection that is not admitted at once waits in order, and is not read meanwhile.
 *
 * @param concurrent how many at a time; at least 1
 * @param queue how many may wait; 0 refuses whoever is not admitted at once
 *     ({@link io.portcullis.CloseReason#ADMISSION_REFUSED})
 * @param timeout how long one may wait; more than 0 ({@link io.portcullis.CloseReason#ADMISSION_TIMEOUT})
 */
public record AdmissionLimit(int concurrent, int queue, Duration timeout) {

    /** A server's: the handshake deadline, which goes on meanwhile, leaves those that come last some time. */
    static final AdmissionLimit SERVER = new AdmissionLimit(256, 10_000, Duration.ofSeconds(8));

    /** A client's: whoever waits costs almost nothing, and no server waits for it. */
    static final AdmissionLimit CLIENT = new AdmissionLimit(256, 100_000, Duration.ofSeconds(30));

    /**
     * A limit.
     *
     * @param concurrent how many at a time; at least 1
     * @param queue how many may wait; at least 0
     * @param timeout how long one may wait; more than 0
     */
    public AdmissionLimit(int concurrent, int queue, Duration timeout) {
        if (concurrent < 1 || queue < 0 || timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException("an AdmissionLimit needs at least 1 at a time, a queue of at least 0 and"
                    + " more than no time, not " + concurrent + ", " + queue + " and " + timeout);
        }
        this.concurrent = concurrent;
        this.queue = queue;
        this.timeout = timeout;
    }

    /**
     * No limit, for tests and for those who limit elsewhere.
     *
     * @return a limit that is never reached
     */
    public static AdmissionLimit none() {
        return new AdmissionLimit(Integer.MAX_VALUE, 0, Duration.ofDays(1));
    }
}
