// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Notices an engine that does not get on: one that moves nothing {@value #IDLE_LIMIT} times in a row, or that gives bytes
 * {@value #UNFED_LIMIT} times in a row without taking any.
 */
final class StallWatch {
    static final int IDLE_LIMIT = 3;
    static final int UNFED_LIMIT = 256;

    private int idle;
    private int unfed;

    /** The engine got on without a byte. */
    void reset() {
        idle = 0;
    }

    /**
     * The engine took so many bytes, and gave some if it took none.
     *
     * @return whether it has stalled
     */
    boolean moved(int consumed) {
        idle = 0;
        unfed = consumed > 0 ? 0 : unfed + 1;
        return unfed > UNFED_LIMIT;
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
