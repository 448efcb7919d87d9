// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes, ever more of them, which can be compared where they lie. */
final class Octets extends ByteArrayOutputStream {
    /** Whether all of these are there, from a place on. */
    boolean has(byte[] bytes, int at) {
        return at + bytes.length <= count && has(bytes, 0, bytes.length, at);
    }

    /** Whether all of these are there, from a place on; they stay as they are. */
    boolean has(ByteBuffer bytes, int at) {
        return at + bytes.remaining() <= count
                && ByteBuffer.wrap(buf, at, bytes.remaining()).equals(bytes);
    }

    /** Whether a part of these is there; where that begins here is said as if they were there from their first. */
    boolean has(byte[] bytes, int from, int to, int at) {
        return Arrays.equals(buf, at + from, at + to, bytes, from, to);
    }
}
