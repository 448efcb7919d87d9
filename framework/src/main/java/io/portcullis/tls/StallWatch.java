// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Notices an engine that does not get on: one that moves nothing {@value #IDLE_LIMIT} times in a row, or that gives
 * bytes {@value #UNFED_LIMIT} times in a row without taking any. There is none while it takes bytes.
 */
final class StallWatch {
    static final int IDLE_LIMIT = 3;
    static final int UNFED_LIMIT = 256;

    private int idle;
    private int unfed;

    /**
     * The engine gave bytes, and took none.
     *
     * @return whether it has stalled
     */
    boolean unfed() {
        idle = 0;
        return ++unfed > UNFED_LIMIT;
    }

    /**
     * The engine was asked, and moved nothing.
     *
     * @return whether it has stalled
     */
    boolean idle() {
        return ++idle >= IDLE_LIMIT;
    }
}
