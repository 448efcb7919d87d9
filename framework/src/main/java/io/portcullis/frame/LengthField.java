// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.ProtocolViolationException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * The position, the encoding and the meaning of a frame's length field. A frame consists of a header, which ends with
 * the length field, and contents, the bytes after that field:
 *
 * <pre>{@code
 * |<------- header ------->|<- contents ->|
 * +--------+---------------+--------------+
 * | offset | length field  |     ...      |
 * +--------+---------------+--------------+
 * }</pre>
 *
 * <p>The number in the field is the size of the contents, unless changed with {@link #countingItself},
 * {@link #countingHeader} or {@link #adjustment}. Immutable; each method returns a new field. Some protocols:
 *
 * <table>
 * <caption>Length fields of known protocols</caption>
 * <tr><th>Protocol</th><th>Field</th></tr>
 * <tr><td>DNS over TCP (RFC 1035, 4.2.2)</td><td>{@code ofBytes(2)}</td></tr>
 * <tr><td>PostgreSQL, messages</td><td>{@code ofBytes(4).offset(1).countingItself().withHeader()}</td></tr>
 * <tr><td>PostgreSQL, startup</td><td>{@code ofBytes(4).countingItself()}</td></tr>
 * <tr><td>MySQL</td><td>{@code ofBytes(3).order(LITTLE_ENDIAN).adjustment(1)}</td></tr>
 * <tr><td>MongoDB</td><td>{@code ofBytes(4).order(LITTLE_ENDIAN).countingItself()}</td></tr>
 * <tr><td>HTTP/2 (RFC 9113, 4.1)</td><td>{@code ofBytes(3).adjustment(6)}</td></tr>
 * <tr><td>MQTT</td><td>{@code varint(4).offset(1).withHeader()}</td></tr>
 * <tr><td>Protocol Buffers, delimited</td><td>{@code varint(5)}</td></tr>
 * </table>
 */
public final class LengthField {
    /** Returned by the parser of a header if the header is incomplete. */
    public static final long INCOMPLETE = LengthEncoding.INCOMPLETE;

    /** The bytes that the number counts. */
    private enum Counted {
        CONTENTS,
        ITSELF,
        HEADER
    }

    private record Layout(
            LengthEncoding encoding, int offset, Counted counted, int adjustment, boolean handsHeaderOn) {}

    private final Layout layout;

    private LengthField(Layout layout) {
        this.layout = layout;
        if (longest() < 0) {
            throw new IllegalArgumentException(
                    "the largest number of this field is less than the length of an empty frame");
        }
    }

    /**
     * Returns a field of fixed width that contains an unsigned number, in big-endian byte order.
     *
     * @param width 1, 2, 3, 4 or 8 bytes
     * @return the field
     * @throws IllegalArgumentException if the width is not one of these
     */
    public static LengthField ofBytes(int width) {
        if (width < 1 || (width > 4 && width != 8)) {
            throw new IllegalArgumentException("a length field has 1, 2, 3, 4 or 8 bytes, not " + width);
        }
        return of(new LengthEncoding.FixedWidth(width, ByteOrder.BIG_ENDIAN));
    }

    /**
     * Returns a field of variable length: seven bits in each byte, the lowest first, and the highest bit set in each
     * byte except the last (LEB128; "varint" in Protocol Buffers, "remaining length" in MQTT). Numbers in more bytes
     * than necessary are accepted, but never written.
     *
     * @param longest the maximum number of bytes, from 1 to 9; a peer that sends more violates the protocol
     * @return the field
     * @throws IllegalArgumentException if that is less than 1 or more than 9
     */
    public static LengthField varint(int longest) {
        if (longest < 1 || longest > 9) {
            throw new IllegalArgumentException("a varint has 1 to 9 bytes, not " + longest);
        }
        return of(new LengthEncoding.Varint(longest));
    }

    /**
     * Returns a field whose header is parsed by a function. The function is passed a buffer that begins with the
     * header, in big-endian order, and contains the bytes received so far, up to the maximum size of a header. It moves
     * the position past the header and returns the number of bytes that follow; or it returns {@link #INCOMPLETE} if
     * the header is incomplete, and is called again when more bytes have arrived. A header that is incomplete at its
     * maximum size violates the protocol; the function reports other violations with a
     * {@link ProtocolViolationException}.
     *
     * <p>Of the configuring methods of this class, only {@link #withHeader} applies to such a header.
     *
     * @param longest the maximum size of the header in bytes; at least 1
     * @param parser parses the header; shared by all connections that use this field
     * @return the field
     * @throws IllegalArgumentException if the maximum size is less than 1, or exceeds every possible
     *     {@code unreadLimit}
     */
    public static LengthField parsed(int longest, ToLongFunction<? super ByteBuffer> parser) {
        if (longest < 1) {
            throw new IllegalArgumentException("the longest header must have at least 1 byte, not " + longest);
        }
        UnreadRoom.require(longest);
        return of(new LengthEncoding.Parsed(longest, Objects.requireNonNull(parser, "parser")));
    }

    private static LengthField of(LengthEncoding encoding) {
        return new LengthField(new Layout(encoding, 0, Counted.CONTENTS, 0, false));
    }

    /**
     * Returns a copy with header bytes before the length field, such as the type of a message.
     *
     * @param bytes the number of bytes; 0 by default
     * @return a new field
     * @throws IllegalArgumentException if it is negative, or exceeds every possible {@code unreadLimit}
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField offset(int bytes) {
        requireWritable();
        if (bytes < 0) {
            throw new IllegalArgumentException("the offset of a length field must not be negative: " + bytes);
        }
        UnreadRoom.require(bytes);
        return new LengthField(
                new Layout(layout.encoding, bytes, layout.counted, layout.adjustment, layout.handsHeaderOn));
    }

    /**
     * Returns a copy with another byte order. Frames are delivered in this byte order, too.
     *
     * @param order the order; {@link ByteOrder#BIG_ENDIAN} by default
     * @return a new field
     * @throws IllegalStateException if the field does not have a fixed width
     */
    public LengthField order(ByteOrder order) {
        Objects.requireNonNull(order, "order");
        if (layout.encoding instanceof LengthEncoding.FixedWidth fixed) {
            return new LengthField(new Layout(
                    new LengthEncoding.FixedWidth(fixed.width(), order),
                    layout.offset,
                    layout.counted,
                    layout.adjustment,
                    layout.handsHeaderOn));
        }
        throw new IllegalStateException("only a field of fixed width has a byte order");
    }

    /**
     * Returns a copy with an adjustment, for a number that does not count all of the contents, or more than them.
     *
     * @param bytes the value to add to the number to obtain the size of the contents: positive if they begin with bytes
     *     that are not counted; 0 by default. Applies in addition to {@link #countingItself} or {@link #countingHeader}
     * @return a new field
     * @throws IllegalArgumentException if no number of this field would then be the length of a frame
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField adjustment(int bytes) {
        requireWritable();
        return new LengthField(new Layout(layout.encoding, layout.offset, layout.counted, bytes, layout.handsHeaderOn));
    }

    /**
     * Returns a copy whose number counts the field itself and the contents, but not the bytes before the field.
     *
     * @return a new field
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField countingItself() {
        return counting(Counted.ITSELF);
    }

    /**
     * Returns a copy whose number counts the whole frame: the bytes before the field, the field itself, and the
     * contents.
     *
     * @return a new field
     * @throws IllegalArgumentException if the header alone is longer than the largest number
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField countingHeader() {
        return counting(Counted.HEADER);
    }

    private LengthField counting(Counted counted) {
        requireWritable();
        return new LengthField(
                new Layout(layout.encoding, layout.offset, counted, layout.adjustment, layout.handsHeaderOn));
    }

    /**
     * Returns a copy with which frames are delivered with their header; by default, only the contents are delivered.
     *
     * @return a new field
     */
    public LengthField withHeader() {
        return new LengthField(new Layout(layout.encoding, layout.offset, layout.counted, layout.adjustment, true));
    }

    private void requireWritable() {
        if (layout.encoding instanceof LengthEncoding.Parsed) {
            throw new IllegalStateException("a header that a function parses has no offset and no adjustment");
        }
    }

    /**
     * Returns the size of the longest header: the bytes before the field, and the field itself.
     *
     * @return the number of bytes
     */
    public int longestHeader() {
        return layout.offset + layout.encoding.longest();
    }

    /**
     * Returns the size of the longest contents that the field can announce.
     *
     * @return the number of bytes, at most {@link Integer#MAX_VALUE}
     */
    public int longestContents() {
        return (int) Math.min(Integer.MAX_VALUE, longest());
    }

    private long longest() {
        return contents(layout.encoding.largest(), longestHeader());
    }

    /** Returns the size of the contents for a number in a header of the given size; negative if it is too small. */
    private long contents(long number, int header) {
        long more = (long) layout.adjustment - counted(header);
        return number > Long.MAX_VALUE - Math.max(0, more) ? Long.MAX_VALUE : number + more;
    }

    /** Returns how many bytes of a header the number counts. */
    private int counted(int header) {
        return switch (layout.counted) {
            case CONTENTS -> 0;
            case ITSELF -> header - layout.offset;
            case HEADER -> header;
        };
    }

    /**
     * Returns a frame with its length field, which can be written with a single call from any thread.
     *
     * @param contents the frame without its length field: the bytes before the field, if it has an {@link #offset}, and
     *     the contents; from position to limit, and not changed
     * @return a new buffer with the whole frame
     * @throws IllegalArgumentException if the frame is longer than the field can announce, or shorter than the bytes
     *     before the field and those that the number does not count
     * @throws UnsupportedOperationException if a function parses the header
     */
    public ByteBuffer frame(ByteBuffer contents) {
        int length = contents.remaining() - layout.offset;
        if (length < Math.max(0, layout.adjustment)) {
            throw new IllegalArgumentException("a frame of " + contents.remaining() + " bytes without its length field"
                    + " is shorter than the bytes that the field does not count");
        }
        if (length > longest()) {
            throw new IllegalArgumentException(
                    "a frame of " + length + " bytes is longer than its length field can announce, " + longest());
        }
        LengthEncoding encoding = layout.encoding;
        int size = encoding.shortest();
        while (encoding.size(number(length, size)) > size) {
            size++;
        }
        ByteBuffer frame = ByteBuffer.allocate(Math.addExact(size, contents.remaining()));
        frame.put(contents.slice(contents.position(), layout.offset));
        encoding.write(frame, number(length, size));
        return frame.put(contents.slice(contents.position() + layout.offset, length))
                .flip();
    }

    /** Returns the number for contents of the given size, in a field of the given width. */
    private long number(int contents, int size) {
        return (long) contents - layout.adjustment + counted(layout.offset + size);
    }

    /**
     * Reads the header at the position, and moves the position past it.
     *
     * @return the size of the contents, or {@link #INCOMPLETE}, which leaves the position undefined
     * @throws ProtocolViolationException if the header is invalid
     */
    long readHeader(ByteBuffer data) {
        int begin = data.position();
        if (data.remaining() < layout.offset) {
            return INCOMPLETE;
        }
        data.position(begin + layout.offset);
        long number = layout.encoding.read(data);
        if (number == INCOMPLETE) {
            return INCOMPLETE;
        }
        int header = data.position() - begin;
        long contents = contents(number, header);
        if (contents < 0) {
            throw new ProtocolViolationException("the length of a frame is " + number + ", less than the minimum, "
                    + (counted(header) - (long) layout.adjustment));
        }
        return contents;
    }

    /** Returns the position at which a delivered frame begins. */
    int beginOfFrame(int header, int contents) {
        return layout.handsHeaderOn ? header : contents;
    }

    /** Returns the byte order of the frames. */
    ByteOrder frameOrder() {
        return layout.encoding.order();
    }

    /** Fields are equal if they describe the same header; functions that parse one are compared by identity. */
    @Override
    public boolean equals(Object other) {
        return other instanceof LengthField field && field.layout.equals(layout);
    }

    @Override
    public int hashCode() {
        return layout.hashCode();
    }

    @Override
    public String toString() {
        return layout.toString();
    }
}
