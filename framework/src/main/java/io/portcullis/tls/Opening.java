// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * What a connection is by its first bytes: TLS if it opens with a handshake record, {@code 0x16 0x03}, and plaintext if
 * it opens with anything else. So one byte decides, unless it is 0x16, and no other protocol ever waits for its second
 * byte to be believed: neither binary ones that look like the SSLv2 hello which nobody sends any more, nor those that
 * begin with the number of another TLS record.
 */
enum Opening {
    UNDECIDED,
    TLS,
    PLAINTEXT;

    /** Looks at the bytes from the buffer's position on, by index: the buffer is left as it was. */
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
