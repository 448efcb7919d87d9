// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.ProtocolViolationException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * Where the length of a frame stands, how it is written, and what it counts. A frame is a header, which ends with the
 * length field, and contents, which are the bytes behind that field:
 *
 * <pre>{@code
 * |<------- header ------->|<- contents ->|
 * +--------+---------------+--------------+
 * | offset | length field  |     ...      |
 * +--------+---------------+--------------+
 * }</pre>
 *
 * <p>The number in the field counts the contents, unless {@link #countingItself}, {@link #countingHeader} or
 * {@link #adjustment} says otherwise. Immutable; each method returns another field. Some protocols:
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
    /** What the parser of a header returns if the header is not complete. */
    public static final long INCOMPLETE = LengthEncoding.INCOMPLETE;

    /** What the number counts. */
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
     * A field of fixed width that holds an unsigned number, the highest byte first.
     *
     * @param width 1, 2, 3, 4 or 8 bytes
     * @return the field
     * @throws IllegalArgumentException if the width is another one
     */
    public static LengthField ofBytes(int width) {
        if (width < 1 || (width > 4 && width != 8)) {
            throw new IllegalArgumentException("a length field has 1, 2, 3, 4 or 8 bytes, not " + width);
        }
        return of(new LengthEncoding.FixedWidth(width, ByteOrder.BIG_ENDIAN));
    }

    /**
     * A field of variable length: seven bits in each byte, the lowest first, and the highest bit set in each byte but
     * the last (LEB128; "varint" in Protocol Buffers, "remaining length" in MQTT). A number that is written in more
     * bytes than it needs is accepted, and not written.
     *
     * @param longest how many bytes it may have, from 1 to 9; a peer that sends more violates the protocol
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
     * A header that a function reads. The function gets a buffer that begins with the header, in big-endian order, and
     * shows what was received so far, but no more than the longest header. It moves the position behind the header, and
     * returns the number of bytes that follow; or it returns {@link #INCOMPLETE} if the header is not complete, and is
     * called again when more has arrived. A header that is not complete within its longest size violates the protocol,
     * and the function can say the same of another one with a {@link ProtocolViolationException}.
     *
     * <p>Of the methods of this class only {@link #withHeader} applies to such a header.
     *
     * @param longest how many bytes the header may have; at least 1
     * @param parser reads the header; used by each connection that has this field
     * @return the field
     * @throws IllegalArgumentException if the longest header has no byte, or would never fit into what a connection may
     *     leave unread
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
     * With bytes in front of the field, such as the type of a message.
     *
     * @param bytes how many; 0 by default
     * @return another field
     * @throws IllegalArgumentException if it is negative, or would never fit into what a connection may leave unread
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
     * With another order of its bytes. The frames that are handed on have this byte order, too.
     *
     * @param order the order; {@link ByteOrder#BIG_ENDIAN} by default
     * @return another field
     * @throws IllegalStateException if the field has no fixed width
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
     * With a number that does not count some of the contents, or counts more than them.
     *
     * @param bytes what is added to the number, to get the size of the contents: positive if they begin with bytes that
     *     are not counted; 0 by default. In addition to what is counted of the header
     * @return another field
     * @throws IllegalArgumentException if no number of this field would then be the length of a frame
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField adjustment(int bytes) {
        requireWritable();
        return new LengthField(new Layout(layout.encoding, layout.offset, layout.counted, bytes, layout.handsHeaderOn));
    }

    /**
     * With a number that counts the field itself and the contents, but not what is in front of the field.
     *
     * @return another field
     * @throws IllegalStateException if a function parses the header
     */
    public LengthField countingItself() {
        return counting(Counted.ITSELF);
    }

    /**
     * With a number that counts the whole frame: what is in front of the field, the field itself, and the contents.
     *
     * @return another field
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
     * Frames are handed on with their header in front; by default they are the contents alone.
     *
     * @return another field
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
     * The size of the longest header: what is in front of the field, and the field.
     *
     * @return the number of bytes
     */
    public int longestHeader() {
        return layout.offset + layout.encoding.longest();
    }

    /**
     * The size of the longest contents that the field can announce.
     *
     * @return the number of bytes, at most {@link Integer#MAX_VALUE}
     */
    public int longestContents() {
        return (int) Math.min(Integer.MAX_VALUE, longest());
    }

    private long longest() {
        return contents(layout.encoding.largest(), longestHeader());
    }

    /** The size of the contents by a number in a header of a size; negative if the number is too small. */
    private long contents(long number, int header) {
        long more = (long) layout.adjustment - counted(header);
        return number > Long.MAX_VALUE - Math.max(0, more) ? Long.MAX_VALUE : number + more;
    }

    /** How many bytes of a header the number counts. */
    private int counted(int header) {
        return switch (layout.counted) {
            case CONTENTS -> 0;
            case ITSELF -> header - layout.offset;
            case HEADER -> header;
        };
    }

    /**
     * Puts the length into a frame, so that the whole frame can be written at once from any thread.
     *
     * @param contents the frame without its length field: what stands in front of the field, if it has an
     *     {@link #offset}, and the contents; from position to limit, and not changed
     * @return a new buffer, to be written
     * @throws IllegalArgumentException if the frame is longer than the field can announce, or shorter than what stands
     *     in front of the field and what the number does not count
     * @throws UnsupportedOperationException if a function parses the header
     */
    public ByteBuffer frame(ByteBuffer contents) {
        int length = contents.remaining() - layout.offset;
        if (length < Math.max(0, layout.adjustment)) {
            throw new IllegalArgumentException("a frame of " + contents.remaining() + " bytes without its length field"
                    + " is shorter than what the field does not count");
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

    /** The number that announces contents, in a field of a size. */
    private long number(int contents, int size) {
        return (long) contents - layout.adjustment + counted(layout.offset + size);
    }

    /**
     * Reads the header at the position, and moves the position behind it.
     *
     * @return the size of the contents, or {@link #INCOMPLETE} with the position anywhere
     * @throws ProtocolViolationException if there is no such header
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
            throw new ProtocolViolationException("the length of a frame is " + number + ", less than the least, "
                    + (counted(header) - (long) layout.adjustment));
        }
        return contents;
    }

    /** Where a frame begins that is handed on. */
    int beginOfFrame(int header, int contents) {
        return layout.handsHeaderOn ? header : contents;
    }

    /** The byte order of the frames. */
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
