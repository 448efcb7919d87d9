// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Overwrites contents that must not be read again. All methods clear the buffer: position 0, limit at its capacity. */
final class Overwrite {
    private static final byte POISON = (byte) 0xDE;
    private static final byte[] ZEROS = new byte[8 * 1024];
    private static final byte[] POISONS = new byte[ZEROS.length];

    static {
        Arrays.fill(POISONS, POISON);
    }

    private Overwrite() {}

    static void wipe(ByteBuffer buffer, int length) {
        fill(buffer, ZEROS, length);
    }

    static void poison(ByteBuffer buffer) {
        fill(buffer, POISONS, buffer.capacity());
    }

    static boolean poisoned(ByteBuffer buffer) {
        buffer.clear();
        if (buffer.get(0) != POISON) {
            return false;
        }
        // All bytes are the same if each equals its successor.
        ByteBuffer successors = buffer.slice(1, buffer.capacity() - 1);
        return buffer.slice(0, successors.capacity()).equals(successors);
    }

    private static void fill(ByteBuffer buffer, byte[] pattern, int length) {
        buffer.clear();
        for (int index = 0; index < length; index += pattern.length) {
            buffer.put(index, pattern, 0, Math.min(pattern.length, length - index));
        }
    }
}
