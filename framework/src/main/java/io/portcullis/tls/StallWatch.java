// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Detects an engine that makes no progress: one that moves nothing {@value #IDLE_LIMIT} times in a row, or produces
 * bytes {@value #UNFED_LIMIT} times in a row without consuming any. There is no such object while the engine consumes
 * bytes.
 */
final class StallWatch {
    static final int IDLE_LIMIT = 3;
    static final int UNFED_LIMIT = 256;

    private int idle;
    private int unfed;

    /**
     * Counts a call in which the engine produced bytes and consumed none.
     *
     * @return whether it has stalled
     */
    boolean unfed() {
        idle = 0;
        return ++unfed > UNFED_LIMIT;
    }

    /**
     * Counts a call in which the engine moved nothing.
     *
     * @return whether it has stalled
     */
    boolean idle() {
        return ++idle >= IDLE_LIMIT;
    }
}
