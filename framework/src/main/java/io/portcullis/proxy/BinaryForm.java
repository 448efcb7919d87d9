// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.nio.ByteBuffer;

/** The constants of a version 2 PROXY header (section 2.2 of the protocol). */
final class BinaryForm {
    /** The length of the signature, version and command, family and transport, and length field. */
    static final int HEADER = 16;

    /** The maximum length of a header that is written or read, including all its fields. */
    static final int LONGEST = 16 * 1024;

    static final int VERSION = 2;
    static final int LOCAL = 0;
    static final int PROXY = 1;
    static final int UNSPECIFIED = 0;
    static final int INET = 1;
    static final int INET6 = 2;
    static final int UNIX = 3;
    static final int STREAM = 1;
    static final int DATAGRAM = 2;

    /** The length of a field's type and length. */
    static final int FIELD_HEADER = 3;

    static final int CHECKSUM = 4;
    static final int LONGEST_UNIQUE_ID = 128;

    private static final byte[] SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};

    private BinaryForm() {}

    static ByteBuffer signature() {
        return ByteBuffer.wrap(SIGNATURE).asReadOnlyBuffer();
    }
}
