// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Bytes that distinguish one piece from another. */
final class Bytes {
    /** By the last byte of their seeds; each is as long as the longest piece requested. */
    private static final AtomicReferenceArray<byte[]> PATTERNS = new AtomicReferenceArray<>(256);

    private Bytes() {}

    static byte[] of(int seed, int amount) {
        byte[] pattern = PATTERNS.get(seed & 0xFF);
        if (pattern == null || pattern.length < amount) {
            pattern = pattern(seed, amount);
            PATTERNS.set(seed & 0xFF, pattern);
        }
        return Arrays.copyOf(pattern, amount);
    }

    private static byte[] pattern(int seed, int amount) {
        byte[] bytes = new byte[amount];
        for (int i = 0; i < amount; i++) {
            bytes[i] = (byte) (seed + i * 31 + (i >> 8));
        }
        return bytes;
    }

    static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** Copies the bytes between position and limit. */
    static byte[] contents(ByteBuffer data) {
        byte[] bytes = new byte[data.remaining()];
        data.duplicate().get(bytes);
        return bytes;
    }
}
