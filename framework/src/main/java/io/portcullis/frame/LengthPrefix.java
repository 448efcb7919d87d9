// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import java.nio.ByteBuffer;

/**
 * How the length of a frame stands in front of it: as an unsigned number, the highest byte first, which does not count
 * itself.
 */
public enum LengthPrefix {
    /** One byte: frames of at most 255 bytes. */
    ONE_BYTE(1),
    /** Two bytes: frames of at most 65,535 bytes. */
    TWO_BYTES(2),
    /** Four bytes; a frame of more than {@link Integer#MAX_VALUE} bytes is above every limit. */
    FOUR_BYTES(4);

    private final int size;

    LengthPrefix(int size) {
        this.size = size;
    }

    /**
     * The number of bytes in front of a frame.
     *
     * @return 1, 2 or 4
     */
    public int size() {
        return size;
    }

    /**
     * The longest frame that it can announce.
     *
     * @return the number of bytes
     */
    public int longest() {
        return (int) Math.min(Integer.MAX_VALUE, (1L << (8 * size)) - 1);
    }

    /**
     * Puts the length in front of a frame, so that both can be written at once from any thread.
     *
     * @param contents from position to limit; not changed
     * @return a new buffer, to be written
     * @throws IllegalArgumentException if the frame is longer than this can announce
     */
    public ByteBuffer frame(ByteBuffer contents) {
        int length = contents.remaining();
        if (length > longest()) {
            throw new IllegalArgumentException(
                    "a frame of " + length + " bytes is longer than " + this + " can announce, " + longest());
        }
        ByteBuffer frame = ByteBuffer.allocate(Math.addExact(size, length));
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
            frame.put((byte) (length >> shift));
        }
        return frame.put(contents.duplicate()).flip();
    }

    /** The length at the position, of which there are enough bytes. */
    long length(ByteBuffer data) {
        long length = 0;
        for (int i = 0; i < size; i++) {
            length = (length << 8) | (data.get(data.position() + i) & 0xff);
        }
        return length;
    }
}
