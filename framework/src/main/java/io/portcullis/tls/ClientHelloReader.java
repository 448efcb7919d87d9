// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds a ClientHello at the start of a connection without consuming any bytes, however it is divided into records and
 * segments. Each byte is examined only once, so the cost is linear in the number of bytes received.
 */
final class ClientHelloReader {
    /** The maximum number of bytes before the end of the hello, including record headers. */
    static final int LIMIT = 1 << 16;

    private static final int CLIENT_HELLO = 1;
    private static final int MESSAGE_HEADER = 4;
    private static final int LONGEST_PLAINTEXT = 1 << 14;

    /** Where the next record begins, relative to the buffer's position. */
    private int scanned;

    private int handshakeBytes;
    private int messageLength = -1;
    private int needed = RecordFormat.LENGTH;

    /**
     * Examines the bytes received so far.
     *
     * @param network all bytes received on the connection, from the buffer's position to its limit
     * @return the hello, or null if more bytes are needed
     * @throws TlsException if they are not the beginning of a ClientHello, or of one that is too large
     */
    @Nullable
    ClientHello read(ByteBuffer network) throws TlsException {
        while (true) {
            int size = recordSize(network);
            if (size == 0 || scanned + size > network.remaining()) {
                return null;
            }
            readMessageHeader(network, size);
            handshakeBytes += size - RecordFormat.LENGTH;
            scanned += size;
            if (messageLength >= 0 && handshakeBytes >= MESSAGE_HEADER + messageLength) {
                return ClientHelloParser.parse(message(network));
            }
        }
    }

    /** Returns the buffer capacity that is needed to continue. */
    int needed() {
        return needed;
    }

    /** Returns the number of bytes that have been examined. */
    int scanned() {
        return scanned;
    }

    private int recordSize(ByteBuffer network) throws TlsException {
        ByteBuffer rest = network.slice(network.position() + scanned, network.remaining() - scanned);
        if (rest.hasRemaining() && RecordHeader.type(rest) != RecordFormat.HANDSHAKE) {
            throw ClientHelloParser.bad("another record interrupts it");
        }
        int size = RecordHeader.size(rest, LONGEST_PLAINTEXT);
        needed = scanned + Math.max(size, RecordFormat.LENGTH);
        if (needed > LIMIT) {
            throw ClientHelloParser.bad("it needs more than " + LIMIT + " bytes");
        }
        return size;
    }

    /** The first four bytes of the message may be in four different records. */
    private void readMessageHeader(ByteBuffer network, int size) throws TlsException {
        if (messageLength >= 0 || handshakeBytes + size - RecordFormat.LENGTH < MESSAGE_HEADER) {
            checkType(network);
            return;
        }
        checkType(network);
        ByteBuffer header = gather(network, MESSAGE_HEADER);
        messageLength = header.getInt(0) & 0xffffff;
        if (messageLength > LIMIT - MESSAGE_HEADER) {
            throw ClientHelloParser.bad("it announces " + messageLength + " bytes; the limit is " + LIMIT);
        }
    }

    private void checkType(ByteBuffer network) throws TlsException {
        if (network.get(network.position() + RecordFormat.LENGTH) != CLIENT_HELLO) {
            throw ClientHelloParser.bad("the first handshake message is not a ClientHello");
        }
    }

    private ByteBuffer message(ByteBuffer network) {
        return gather(network, MESSAGE_HEADER + messageLength).position(MESSAGE_HEADER);
    }

    /** Returns the first bytes of the message, without the record headers between them. */
    private static ByteBuffer gather(ByteBuffer network, int length) {
        ByteBuffer message = ByteBuffer.allocate(length);
        int from = network.position();
        while (message.hasRemaining()) {
            int fragment = (network.get(from + 3) & 0xff) << 8 | (network.get(from + 4) & 0xff);
            from += RecordFormat.LENGTH;
            int part = Math.min(fragment, message.remaining());
            message.put(message.position(), network, from, part).position(message.position() + part);
            from += fragment;
        }
        return message.flip();
    }
}
