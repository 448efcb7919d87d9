// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.nio.ByteBuffer;

/** Bytes by which one piece is told from another. */
final class Bytes {
    private Bytes() {}

    static byte[] of(int seed, int amount) {
        byte[] bytes = new byte[amount];
        for (int i = 0; i < amount; i++) {
            bytes[i] = (byte) (seed + i * 31 + (i >> 8));
        }
        return bytes;
    }

    static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** Copies what lies between position and limit. */
    static byte[] contents(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return bytes;
    }
}
