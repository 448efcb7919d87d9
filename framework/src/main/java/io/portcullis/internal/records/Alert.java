// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.records;

import java.nio.ByteBuffer;

/**
 * The alerts that a filter sends itself before there are keys, and requests its engine to send from then on (RFC 8446,
 * section 6).
 */
public enum Alert {
    UNEXPECTED_MESSAGE(10),
    RECORD_OVERFLOW(22),
    CERTIFICATE_EXPIRED(45),
    ILLEGAL_PARAMETER(47),
    ACCESS_DENIED(49),
    DECODE_ERROR(50),
    PROTOCOL_VERSION(70),
    INTERNAL_ERROR(80),
    UNRECOGNIZED_NAME(112),
    NO_APPLICATION_PROTOCOL(120);

    /** The length of the whole record, in bytes. */
    public static final int LENGTH = 7;

    private static final byte FATAL = 2;

    private final byte description;

    Alert(int description) {
        this.description = (byte) description;
    }

    /** Returns the alert number (RFC 8446, section 6). */
    public int number() {
        return description & 0xff;
    }

    /** Returns a new buffer with a record that contains the fatal alert. */
    public ByteBuffer record() {
        return ByteBuffer.wrap(new byte[] {
            RecordFormat.ALERT, RecordFormat.MAJOR_VERSION, RecordFormat.MAJOR_VERSION, 0, 2, FATAL, description
        });
    }
}
