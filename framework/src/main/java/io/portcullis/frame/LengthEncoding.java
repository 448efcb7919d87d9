// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.ProtocolViolationException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.ToLongFunction;

/** The encoding of the number in a length field. Numbers are not negative. */
sealed interface LengthEncoding {
    /** Returned instead of a number that is not complete. */
    long INCOMPLETE = -1;

    /** Returns the minimum number of bytes. */
    int shortest();

    /** Returns the maximum number of bytes. */
    int longest();

    /** Returns the largest number. */
    long largest();

    /** Returns the byte order of a number of fixed width; big-endian for others. */
    ByteOrder order();

    /**
     * Reads the number at the position, and moves the position past it.
     *
     * @return the number, or {@link #INCOMPLETE}, which leaves the position undefined
     * @throws ProtocolViolationException if the bytes are not a valid number
     */
    long read(ByteBuffer data);

    /** Returns the encoded size of a number, which must not exceed the largest one. */
    int size(long number);

    /** Writes a number, which must not exceed the largest one, at the position. */
    void write(ByteBuffer target, long number);

    /**
     * An unsigned number of 1 to 8 bytes. A 64-bit number that exceeds {@code long} is read as the largest
     * {@code long}.
     */
    record FixedWidth(int width, ByteOrder order) implements LengthEncoding {
        @Override
        public int shortest() {
            return width;
        }

        @Override
        public int longest() {
            return width;
        }

        @Override
        public long largest() {
            return width == Long.BYTES ? Long.MAX_VALUE : (1L << (8 * width)) - 1;
        }

        @Override
        public long read(ByteBuffer data) {
            if (data.remaining() < width) {
                return INCOMPLETE;
            }
            long number = 0;
            for (int i = 0; i < width; i++) {
                number |= (data.get() & 0xffL) << shift(i);
            }
            return number < 0 ? Long.MAX_VALUE : number;
        }

        @Override
        public int size(long number) {
            return width;
        }

        @Override
        public void write(ByteBuffer target, long number) {
            for (int i = 0; i < width; i++) {
                target.put((byte) (number >> shift(i)));
            }
        }

        private int shift(int index) {
            return 8 * (order == ByteOrder.BIG_ENDIAN ? width - 1 - index : index);
        }
    }

    /** Groups of seven bits, the lowest first; the highest bit of a byte is set if another one follows (LEB128). */
    record Varint(int longest) implements LengthEncoding {
        @Override
        public int shortest() {
            return 1;
        }

        @Override
        public long largest() {
            return (1L << (7 * longest)) - 1;
        }

        @Override
        public ByteOrder order() {
            return ByteOrder.BIG_ENDIAN;
        }

        @Override
        public long read(ByteBuffer data) {
            long number = 0;
            for (int i = 0; i < longest; i++) {
                if (!data.hasRemaining()) {
                    return INCOMPLETE;
                }
                byte group = data.get();
                number |= (group & 0x7fL) << (7 * i);
                if (group >= 0) {
                    return number;
                }
            }
            throw new ProtocolViolationException("the length of a frame has more than " + longest + " bytes");
        }

        @Override
        public int size(long number) {
            int bits = Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(number));
            return (bits + 6) / 7;
        }

        @Override
        public void write(ByteBuffer target, long number) {
            long rest = number;
            while (rest > 0x7f) {
                target.put((byte) (rest | 0x80));
                rest >>= 7;
            }
            target.put((byte) rest);
        }
    }

    /** A header that is parsed by a function of the application, and cannot be written. */
    record Parsed(int longest, ToLongFunction<? super ByteBuffer> parser) implements LengthEncoding {
        @Override
        public int shortest() {
            return 0;
        }

        @Override
        public long largest() {
            return Long.MAX_VALUE;
        }

        @Override
        public ByteOrder order() {
            return ByteOrder.BIG_ENDIAN;
        }

        @Override
        public long read(ByteBuffer data) {
            int shown = Math.min(longest, data.remaining());
            ByteBuffer view = data.slice(data.position(), shown);
            long number = parser.applyAsLong(view);
            if (number < INCOMPLETE) {
                throw new IllegalStateException("the parser of a header has returned the length " + number);
            }
            if (number == INCOMPLETE && shown == longest) {
                throw new ProtocolViolationException(
                        "the header of a frame is not complete within " + longest + " bytes");
            }
            data.position(data.position() + view.position());
            return number;
        }

        @Override
        public int size(long number) {
            throw unwritable();
        }

        @Override
        public void write(ByteBuffer target, long number) {
            throw unwritable();
        }

        private static UnsupportedOperationException unwritable() {
            return new UnsupportedOperationException("a header that a function parses cannot be written by its field");
        }
    }
}
