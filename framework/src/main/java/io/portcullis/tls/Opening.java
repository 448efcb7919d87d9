// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * The kind of a connection by its first bytes: TLS if it begins with a handshake record, {@code 0x16 0x03}, and
 * otherwise plaintext. One byte is sufficient, unless it is 0x16. Other protocols therefore never wait for a second
 * byte: neither binary ones that look like the obsolete SSLv2 hello, nor those that begin with the type of another TLS
 * record.
 */
enum Opening {
    UNDECIDED,
    TLS,
    PLAINTEXT;

    /** Examines the bytes from the buffer's position on; the buffer is not changed. */
    static Opening of(ByteBuffer network) {
        if (!network.hasRemaining()) {
            return UNDECIDED;
        }
        if (RecordHeader.type(network) != RecordFormat.HANDSHAKE) {
            return PLAINTEXT;
        }
        if (network.remaining() == 1) {
            return UNDECIDED;
        }
        return network.get(network.position() + 1) == RecordFormat.MAJOR_VERSION ? TLS : PLAINTEXT;
    }
}
