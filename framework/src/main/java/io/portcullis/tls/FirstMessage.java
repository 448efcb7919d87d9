// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * Counts how much of a peer's first handshake message has come, however it is cut into records (RFC 8446, 5.1). Until
 * it is whole an engine can do nothing but keep it; with it there is something to compute.
 */
final class FirstMessage {
    private static final int HEADER = 4;

    /** Of the message's header, how much was read; and the length that it tells, as far as it was. */
    private int headerRead;

    private int length;

    /** Of the message itself. */
    private int bodyRead;

    /**
     * Whether a whole record is there that completes the message, or follows it; alerts and ChangeCipherSpecs, for
     * which nothing is computed, are left out. Each record is looked at when it is the next, so that nothing is looked
     * at twice.
     *
     * @param network what has come and was not read; not consumed
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
     * A record was read.
     *
     * @param network the record's buffer
     * @param from where the record begins in it
     * @param size of the record
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
