// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A field of a version 2 PROXY header, with a type, a length and a value (section 2.2 of the protocol). Immutable;
 * equal if type and value are.
 */
public final class ProxyTlv {
    /** The application protocol negotiated with ALPN, as bytes (RFC 7301). */
    public static final int ALPN = 0x01;

    /** The host name that the client requested, the SNI if it used TLS; UTF-8. */
    public static final int AUTHORITY = 0x02;

    /** The checksum of the whole header, CRC32C (RFC 3309), four bytes. */
    public static final int CRC32C = 0x03;

    /** Padding, which is dropped. */
    public static final int NOOP = 0x04;

    /** A value that identifies the connection in the proxy's log, at most 128 bytes. */
    public static final int UNIQUE_ID = 0x05;

    /** The properties of the client's TLS connection; see {@link ProxySsl}. */
    public static final int SSL = 0x20;

    /** The name of the network namespace; US-ASCII. */
    public static final int NETNS = 0x30;

    static final int LONGEST_VALUE = 0xffff;

    private final int type;
    private final byte[] value;

    /**
     * Creates a field.
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
     * Returns the type of the field.
     *
     * @return the number, from 0 to 255
     */
    public int type() {
        return type;
    }

    /**
     * Returns the value.
     *
     * @return a new read-only buffer
     */
    public ByteBuffer value() {
        return ByteBuffer.wrap(value).asReadOnlyBuffer();
    }

    /**
     * Returns the value as text.
     *
     * @return the text, decoded as UTF-8
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

    /** Returns the type and the length only, because the value may be foreign data. */
    @Override
    public String toString() {
        return "TLV 0x" + Integer.toHexString(type) + " (" + value.length + " bytes)";
    }
}
