// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import java.nio.ByteBuffer;

/** The numbers of a PROXY header of version 2 (section 2.2 of the protocol). */
final class BinaryForm {
    /** Signature, version and command, family and transport, length. */
    static final int HEADER = 16;

    /** The longest header that is written or read, with all its fields. */
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

    /** Type and length. */
    static final int FIELD_HEADER = 3;

    static final int CHECKSUM = 4;
    static final int LONGEST_UNIQUE_ID = 128;

    private static final byte[] SIGNATURE = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};

    private BinaryForm() {}

    static ByteBuffer signature() {
        return ByteBuffer.wrap(SIGNATURE).asReadOnlyBuffer();
    }
}
