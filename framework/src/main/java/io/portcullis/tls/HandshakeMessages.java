// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;

/** Finds the messages in handshake records, which may be divided anywhere (RFC 8446, 5.1). Not thread-safe. */
final class HandshakeMessages {
    private static final int HEADER = 4;

    private final int kept;
    private final ByteBuffer header = ByteBuffer.allocate(HEADER);
    private ByteBuffer body = ByteBuffer.allocate(0);
    private int bodyLeft;

    /**
     * Creates an instance.
     *
     * @param kept the maximum number of bytes of a message that are kept; the rest of a longer one is skipped
     */
    HandshakeMessages(int kept) {
        this.kept = kept;
    }

    /**
     * Reads to the end of a message, or of the bytes.
     *
     * @param part bytes within a record; consumed
     * @return whether a message is complete; it is available until the next call
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

    /** Returns whether a message is incomplete. */
    boolean within() {
        return bodyLeft > 0;
    }

    /** Returns the type of the complete message. */
    int type() {
        return header.get(0);
    }

    /** Returns its length, without the header. */
    int length() {
        return header.getInt(0) & 0xffffff;
    }

    /** Returns its body without the header, as far as it was kept. */
    ByteBuffer body() {
        return body;
    }

    /** Moves as many bytes as there are, and as fit. */
    static void take(ByteBuffer source, ByteBuffer target) {
        int length = Math.min(source.remaining(), target.remaining());
        target.put(source.slice(source.position(), length));
        source.position(source.position() + length);
    }
}
