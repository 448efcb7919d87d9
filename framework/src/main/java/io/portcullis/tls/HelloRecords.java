// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Collects the ClientHellos from a client's complete records: the first hello, and the second one after a
 * HelloRetryRequest (RFC 8446, 4.1.2). The cost is linear in the number of bytes, and no more memory is used than bytes
 * were received.
 */
final class HelloRecords {
    private static final int CLIENT_HELLO = 1;
    private static final int MESSAGE_HEADER = 4;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The received part of an incomplete hello, from 0 to the position. */
    private ByteBuffer message = NOTHING;

    private boolean followed;
    private boolean over;

    /**
     * Adds a record. Records without handshake messages are skipped: ChangeCipherSpec, early data.
     *
     * @param record from position to limit; not consumed
     * @return the hello that it completes, or null
     * @throws TlsException if it belongs to a ClientHello that cannot be parsed
     */
    @Nullable
    ClientHello add(ByteBuffer record) throws TlsException {
        if (over) {
            return null;
        }
        if (RecordHeader.type(record) != RecordFormat.HANDSHAKE) {
            if (message.position() > 0) {
                throw ClientHelloParser.bad("another record interrupts it");
            }
            return null;
        }
        ByteBuffer fragment =
                record.slice(record.position() + RecordFormat.LENGTH, record.remaining() - RecordFormat.LENGTH);
        over = message.position() == 0 && fragment.get(0) != CLIENT_HELLO;
        if (over) {
            return null;
        }
        boolean begins = message.position() == 0;
        ByteBuffer gathered = begins ? fragment : append(fragment);
        if (!isWhole(gathered)) {
            if (begins) {
                append(fragment);
            }
            return null;
        }
        message = NOTHING;
        int end = MESSAGE_HEADER + length(gathered);
        followed = gathered.limit() > end;
        return ClientHelloParser.parse(gathered.limit(end).position(MESSAGE_HEADER));
    }

    /** Returns whether another message follows the last hello in its record, sent before the server's response. */
    boolean followed() {
        return followed;
    }

    /** Returns whether a handshake message other than a ClientHello was received, after which no hello follows. */
    boolean over() {
        return over;
    }

    private static boolean isWhole(ByteBuffer gathered) throws TlsException {
        if (gathered.remaining() < MESSAGE_HEADER) {
            return false;
        }
        int length = length(gathered);
        if (length > ClientHelloReader.LIMIT) {
            throw ClientHelloParser.bad("it announces " + length + " bytes; the limit is " + ClientHelloReader.LIMIT);
        }
        return gathered.remaining() >= MESSAGE_HEADER + length;
    }

    private static int length(ByteBuffer gathered) {
        return gathered.getInt(0) & 0xffffff;
    }

    /** Returns all received bytes of the message, from position to limit. */
    private ByteBuffer append(ByteBuffer fragment) {
        int needed = message.position() + fragment.remaining();
        if (needed > message.capacity()) {
            message = ByteBuffer.allocate(Math.max(needed, 2 * message.capacity()))
                    .put(message.flip());
        }
        return message.put(fragment.duplicate()).duplicate().flip();
    }
}
