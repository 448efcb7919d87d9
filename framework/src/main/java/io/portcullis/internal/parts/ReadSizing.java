// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import java.nio.ByteBuffer;

/**
 * How large the buffer of the next read is: small while a connection waits, larger while reads fill it. A size is known
 * by its step, so that a connection keeps a number and no object.
 */
final class ReadSizing {
    /** Where a connection starts. */
    static final byte FIRST = 2;

    /** The size that costs an idle connection least. */
    static final int SMALLEST = 256;

    private static final int ROOM = 8;

    private static final int[] SIZES = {SMALLEST, 1024, 2048, 8192, 17 * 1024, 68 * 1024};

    private ReadSizing() {}

    /** In bytes. */
    static int bytes(int step) {
        return SIZES[step];
    }

    /**
     * The room for a part of something whose rest is awaited. The rest may be long, or never come: so it is a multiple
     * of the part, and a peer that sends one byte of a record has no more memory kept for it than one that is idle.
     *
     * @param part how many bytes there are
     */
    static int roomFor(int part) {
        for (int size : SIZES) {
            if (size >= part * ROOM) {
                return size;
            }
        }
        return Integer.MAX_VALUE;
    }

    /**
     * The step for the next read.
     *
     * @param step of the last read
     * @param filled its buffer, with the position behind what was received
     */
    static byte after(byte step, ByteBuffer filled) {
        if (!filled.hasRemaining()) {
            return (byte) Math.min(step + 1, SIZES.length - 1);
        }
        return filled.position() < SIZES[step] / 4 ? (byte) Math.max(step - 1, 0) : step;
    }
}
