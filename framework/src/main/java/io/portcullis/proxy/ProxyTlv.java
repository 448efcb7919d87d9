// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A field of a PROXY header of version 2: a type, a length, a value (section 2.2 of the protocol). Immutable; equal if
 * type and value are.
 */
public final class ProxyTlv {
    /** The application protocol that ALPN agreed on, as bytes (RFC 7301). */
    public static final int ALPN = 0x01;

    /** The host name that the client asked for, SNI if it came by TLS; UTF-8. */
    public static final int AUTHORITY = 0x02;

    /** The checksum of the whole header, CRC32C (RFC 3309), four bytes. */
    public static final int CRC32C = 0x03;

    /** Nothing: padding that is dropped. */
    public static final int NOOP = 0x04;

    /** A value that names the connection in the proxy's log, at most 128 bytes. */
    public static final int UNIQUE_ID = 0x05;

    /** What the proxy knows of the client's TLS: see {@link ProxySsl}. */
    public static final int SSL = 0x20;

    /** The name of the network namespace; US-ASCII. */
    public static final int NETNS = 0x30;

    static final int LONGEST_VALUE = 0xffff;

    private final int type;
    private final byte[] value;

    /**
     * Makes a field.
     *
     * @param type from 0 to 255
     * @param value copied; at most 65,535 bytes
     * @throws IllegalArgumentException if the type or the length is out of range
     */
    public ProxyTlv(int type, byte... value) {
        if (type < 0 || type > 0xff || value.length > LONGEST_VALUE) {
            throw new IllegalArgumentException("a TLV needs a type from 0 to 255 and at most " + LONGEST_VALUE
                    + " bytes, not type " + type + " with " + value.length + " bytes");
        }
        this.type = type;
        this.value = value.clone();
    }

    /**
     * What the value means.
     *
     * @return the number, from 0 to 255
     */
    public int type() {
        return type;
    }

    /**
     * The value.
     *
     * @return a new read-only buffer
     */
    public ByteBuffer value() {
        return ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    /**
     * The value as text.
     *
     * @return the text, as UTF-8
     */
    public String text() {
        return new String(value, StandardCharsets.UTF_8);
    }

    int length() {
        return value.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ProxyTlv tlv && tlv.type == type && tlv.value().equals(value());
    }

    @Override
    public int hashCode() {
        return 31 * type + value().hashCode();
    }

    /** The type and the length: the value may be another's data. */
    @Override
    public String toString() {
        return "TLV 0x" + Integer.toHexString(type) + " (" + value.length + " bytes)";
    }
}
