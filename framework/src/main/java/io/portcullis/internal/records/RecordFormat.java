// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.records;

/** The constants of the five-byte header of a TLS record (RFC 8446, section 5.1): type, version 3.x, length. */
public final class RecordFormat {
    /** The length of the header, in bytes. */
    public static final int LENGTH = 5;

    public static final int CHANGE_CIPHER_SPEC = 20;
    public static final int ALERT = 21;
    public static final int HANDSHAKE = 22;
    public static final int APPLICATION_DATA = 23;
    public static final int MAJOR_VERSION = 3;

    /**
     * The maximum length of a protected fragment in TLS 1.3 (RFC 8446, section 5.2), which no AEAD suite of TLS 1.2
     * exceeds.
     */
    public static final int LONGEST = (1 << 14) + 256;

    /**
     * The maximum length of a protected fragment in TLS 1.2 (RFC 5246, section 6.2.3), which its CBC suites need for
     * padding.
     */
    public static final int LONGEST_CBC = (1 << 14) + 2048;

    private RecordFormat() {}
}
