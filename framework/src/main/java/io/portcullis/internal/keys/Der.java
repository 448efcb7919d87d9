// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** A value in ASN.1 DER (X.690). Supports what private keys need: single-byte tags and definite lengths. */
public final class Der {
    public static final int INTEGER = 0x02;
    public static final int OCTET_STRING = 0x04;
    public static final int OBJECT_IDENTIFIER = 0x06;
    public static final int SEQUENCE = 0x30;

    private final int tag;
    private final byte[] content;

    private Der(int tag, byte[] content) {
        this.tag = tag;
        this.content = content;
    }

    /**
     * Reads one value that fills the whole array.
     *
     * @throws IllegalArgumentException if the bytes are anything else
     */
    public static Der read(byte[] bytes) {
        List<Der> values = readAll(bytes);
        if (values.size() != 1) {
            throw new IllegalArgumentException("not one DER value");
        }
        return values.get(0);
    }

    /** Encodes a value that contains the given encodings. */
    public static byte[] write(int tag, byte[]... contents) {
        int length = Arrays.stream(contents).mapToInt(content -> content.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
        out.write(tag);
        if (length < 0x80) {
            out.write(length);
        } else {
            int octets = (39 - Integer.numberOfLeadingZeros(length)) / 8;
            out.write(0x80 | octets);
            for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
                out.write(length >>> shift);
            }
        }
        for (byte[] content : contents) {
            out.writeBytes(content);
        }
        return out.toByteArray();
    }

    boolean is(int expected) {
        return tag == expected;
    }

    public byte[] content() {
        return content.clone();
    }

    public byte[] encoded() {
        return write(tag, content);
    }

    /** Returns the content in hexadecimal, to compare object identifiers. */
    String hex() {
        return HexFormat.of().formatHex(content);
    }

    /** Returns the values inside this one. */
    public List<Der> children() {
        return readAll(content);
    }

    /** Returns a value inside this one by position; it must have the expected tag. */
    public Der child(int index, int expected) {
        List<Der> children = children();
        if (index >= children.size() || !children.get(index).is(expected)) {
            throw new IllegalArgumentException("unexpected DER structure");
        }
        return children.get(index);
    }

    private static List<Der> readAll(byte[] bytes) {
        List<Der> values = new ArrayList<>();
        ByteBuffer in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            int tag = in.get() & 0xff;
            int length = readLength(in);
            if (length < 0 || length > in.remaining()) {
                throw new IllegalArgumentException("DER value is truncated");
            }
            byte[] content = new byte[length];
            in.get(content);
            values.add(new Der(tag, content));
        }
        return values;
    }

    private static int readLength(ByteBuffer in) {
        int first = in.hasRemaining() ? in.get() & 0xff : 0xff;
        if (first < 0x80) {
            return first;
        }
        int octets = first & 0x7f;
        if (octets == 0 || octets > 4 || octets > in.remaining()) {
            return -1;
        }
        int length = 0;
        for (int i = 0; i < octets; i++) {
            length = (length << 8) | (in.get() & 0xff);
        }
        return length;
    }
}
