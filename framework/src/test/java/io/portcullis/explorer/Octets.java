// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A growing sequence of bytes, which can be compared in place. */
final class Octets extends ByteArrayOutputStream {
    /** Whether it contains all of these bytes from an offset on. */
    boolean has(byte[] bytes, int at) {
        return at + bytes.length <= count && has(bytes, 0, bytes.length, at);
    }

    /** Whether it contains all of these bytes from an offset on; they are left unchanged. */
    boolean has(ByteBuffer bytes, int at) {
        return at + bytes.remaining() <= count
                && ByteBuffer.wrap(buf, at, bytes.remaining()).equals(bytes);
    }

    /** Whether it contains a part of these bytes; the offset here is given as if they were present from their first. */
    boolean has(byte[] bytes, int from, int to, int at) {
        return Arrays.equals(buf, at + from, at + to, bytes, from, to);
    }
}
