// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * Counts how much of a peer's first handshake message has been received, however it is divided into records (RFC 8446,
 * 5.1). An engine only stores an incomplete message; when it is complete, there is something to compute.
 */
final class FirstMessage {
    private static final int HEADER = 4;

    /** How much of the message header was read, and the length in it as far as it was read. */
    private int headerRead;

    private int length;

    /** How much of the message body was read. */
    private int bodyRead;

    /**
     * Returns whether there is a complete record that completes or follows the message. Alerts and ChangeCipherSpecs,
     * for which nothing is computed, do not count. Each record is examined only once, when it is the next.
     *
     * @param network the bytes received and not read; not consumed
     */
    boolean completedBy(ByteBuffer network) {
        int position = network.position();
        if (network.remaining() <= RecordFormat.LENGTH || RecordHeader.type(network) < RecordFormat.HANDSHAKE) {
            return false;
        }
        int size = RecordFormat.LENGTH + fragment(network, position);
        return size <= network.remaining() && (isWhole() || wholeWith(network, position, size));
    }

    private boolean wholeWith(ByteBuffer network, int position, int size) {
        int header = headerRead;
        int announced = length;
        int fragment = size - RecordFormat.LENGTH;
        int read = Math.min(HEADER - header, fragment);
        for (int i = 0; i < read; i++, header++) {
            announced = append(announced, header, network.get(position + RecordFormat.LENGTH + i));
        }
        return header == HEADER && bodyRead + fragment - read >= announced;
    }

    /**
     * Counts a record that was read.
     *
     * @param network the record's buffer
     * @param from where the record begins in the buffer
     * @param size the size of the record
     */
    void read(ByteBuffer network, int from, int size) {
        if (isWhole() || size <= RecordFormat.LENGTH || network.get(from) != RecordFormat.HANDSHAKE) {
            return;
        }
        int next = from + RecordFormat.LENGTH;
        int end = from + size;
        for (; headerRead < HEADER && next < end; next++, headerRead++) {
            length = append(length, headerRead, network.get(next));
        }
        bodyRead += end - next;
    }

    private boolean isWhole() {
        return headerRead == HEADER && bodyRead >= length;
    }

    private static int fragment(ByteBuffer network, int position) {
        return (network.get(position + 3) & 0xff) << 8 | (network.get(position + 4) & 0xff);
    }

    /** The first byte is the message's type. */
    private static int append(int announced, int index, byte next) {
        return index == 0 ? announced : announced << 8 | (next & 0xff);
    }
}
