// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.ByteBuffer;

/**
 * How large the buffer of the next read is: small while a connection waits, larger while reads fill it. A size is known by
 * its step, so that a connection keeps a number and no object.
 */
final class ReadSizing {
    /** Where a connection starts. */
    static final int FIRST = 2;

    /** The size that costs an idle connection least. */
    static final int SMALLEST = 256;

    private static final int[] SIZES = {SMALLEST, 1024, 2048, 8192, 17 * 1024, 68 * 1024};

    private ReadSizing() {}

    /** In bytes. */
    static int bytes(int step) {
        return SIZES[step];
    }

    /**
     * The step for the next read.
     *
     * @param step of the last read
     * @param filled its buffer, with the position behind what was received
     */
    static int after(int step, ByteBuffer filled) {
        if (!filled.hasRemaining()) {
            return Math.min(step + 1, SIZES.length - 1);
        }
        return filled.position() < SIZES[step] / 4 ? Math.max(step - 1, 0) : step;
    }
}
