// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;

/** Finds the messages in handshake records that come in parts, cut anywhere (RFC 8446, 5.1). Not thread-safe. */
final class HandshakeMessages {
    private static final int HEADER = 4;

    private final int kept;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);
    private ByteBuffer body = ByteBuffer.allocate(0);
    private int bodyLeft;

    /**
     * None yet.
     *
     * @param kept how many bytes of a message are kept; the rest of a longer one is passed over
     */
    HandshakeMessages(int kept) {
        this.kept = kept;
    }

    /**
     * Reads to the end of a message, or of what there is.
     *
     * @param part what lies within a record; its position goes on
     * @return whether a message has ended, which is there until the next call
     */
    boolean next(ByteBuffer part) {
        if (isWhole()) {
            header.clear();
        }
        if (header.hasRemaining()) {
            take(part, header);
            if (header.hasRemaining()) {
                return false;
            }
            bodyLeft = length();
            body = ByteBuffer.allocate(Math.min(bodyLeft, kept));
        }
        int length = Math.min(bodyLeft, part.remaining());
        take(part.slice(part.position(), length), body);
        part.position(part.position() + length);
        bodyLeft -= length;
        if (isWhole()) {
            body.flip();
        }
        return isWhole();
    }

    private boolean isWhole() {
        return !header.hasRemaining() && bodyLeft == 0;
    }

    /** Whether a message has begun, and its rest is yet to come. */
    boolean within() {
        return bodyLeft > 0;
    }

    /** The type of the message that has ended. */
    int type() {
        return header.get(0);
    }

    /** Its length, without the header. */
    int length() {
        return header.getInt(0) & 0xffffff;
    }

    /** As much of it as is kept, without the header. */
    ByteBuffer body() {
        return body;
    }

    /** Moves as much as there is, and room for. */
    static void take(ByteBuffer source, ByteBuffer target) {
        int length = Math.min(source.remaining(), target.remaining());
        target.put(source.slice(source.position(), length));
        source.position(source.position() + length);
    }
}
