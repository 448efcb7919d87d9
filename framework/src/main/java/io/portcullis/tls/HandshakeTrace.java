// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Describes the handshake of a connection in text: the unencrypted messages, the contents of the ClientHello, the
 * alerts, and the amount of encrypted data. It shows how far a handshake proceeded, and what its client supports.
 *
 * <p>It only reads the bytes passed to it, which may be divided anywhere, and begins with the first ClientHello in them
 * (RFC 8446, 4.1.2), so that a PROXY header or the plaintext before STARTTLS may precede it. The text contains no
 * secrets: no random, session id, ticket or key share. Names and other values chosen by the peer are made printable.
 *
 * <p>Not thread-safe. Holds a few hundred bytes, and the ClientHello while it is being received.
 */
public final class HandshakeTrace {
    private final Consumer<String> lines;
    private final TracedRecords received = new TracedRecords();
    private final TracedRecords sent = new TracedRecords();

    /**
     * Creates a trace.
     *
     * @param lines receives the text: one line for the messages in each call, without a line break
     */
    public HandshakeTrace(Consumer<String> lines) {
        this.lines = lines;
    }

    /**
     * Traces received bytes.
     *
     * @param bytes from the buffer's position to its limit; the buffer is neither changed nor kept
     */
    public void received(ByteBuffer bytes) {
        look("received ", received, sent, bytes);
    }

    /**
     * Traces sent bytes.
     *
     * @param bytes from the buffer's position to its limit; the buffer is neither changed nor kept
     */
    public void sent(ByteBuffer bytes) {
        look("sent ", sent, received, bytes);
    }

    private void look(String direction, TracedRecords from, TracedRecords other, ByteBuffer bytes) {
        ByteBuffer network = from.begun() ? bytes.duplicate() : from.withTail(bytes);
        if (!from.begun()) {
            int hello = clientHello(network);
            if (hello < 0) {
                from.keepTail(network);
                return;
            }
            network.position(hello);
            from.begin();
            other.begin();
        }
        List<String> passed = new ArrayList<>();
        from.look(network, passed::add);
        if (!passed.isEmpty()) {
            lines.accept(direction + String.join(", ", passed));
        }
    }

    /** Returns where a record with a ClientHello begins, or -1. */
    private static int clientHello(ByteBuffer network) {
        for (int i = network.position(); i + TracedRecords.OPENING <= network.limit(); i++) {
            if (network.get(i) == RecordFormat.HANDSHAKE
                    && network.get(i + 1) == RecordFormat.MAJOR_VERSION
                    && network.get(i + RecordFormat.LENGTH) == TracedRecords.CLIENT_HELLO) {
                return i;
            }
        }
        return -1;
    }
}
