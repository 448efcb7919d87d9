// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import java.nio.ByteBuffer;

/**
 * The size of the buffer for the next read: small while a connection waits, larger while reads fill it. A size is
 * identified by its step, so that a connection stores a number instead of an object.
 */
final class ReadSizing {
    /** The step of a new connection. */
    static final byte FIRST = 2;

    /** The size with the least cost for an idle connection. */
    static final int SMALLEST = 256;

    private static final int ROOM = 8;

    private static final int[] SIZES = {SMALLEST, 1024, 2048, 8192, 17 * 1024, 68 * 1024};

    private ReadSizing() {}

    /** Returns the size in bytes. */
    static int bytes(int step) {
        return SIZES[step];
    }

    /**
     * Returns the room for an incomplete unit. The rest may be long, or never arrive; the size is therefore a multiple
     * of what has arrived, and a peer that sends one byte of a record occupies no more memory than an idle one.
     *
     * @param part the number of bytes that have arrived
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
     * Returns the step for the next read.
     *
     * @param step the step of the last read
     * @param filled the buffer of the last read, with its position after the received bytes
     */
    static byte after(byte step, ByteBuffer filled) {
        if (!filled.hasRemaining()) {
            return (byte) Math.min(step + 1, SIZES.length - 1);
        }
        return filled.position() < SIZES[step] / 4 ? (byte) Math.max(step - 1, 0) : step;
    }
}
