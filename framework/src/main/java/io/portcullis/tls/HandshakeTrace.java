// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads along while two sides shake hands, and says in words what passes: the messages that are in the clear, what the
 * client offers, the alerts, and how much is encrypted. For people who want to know how far a handshake came, and what
 * its client can.
 *
 * <p>It only looks at what it is shown, wherever that is cut, and begins with the first ClientHello in it (RFC 8446,
 * 4.1.2), so that a PROXY header or the plaintext in front of STARTTLS may stand before. Nothing that it says is a
 * secret: no random, no session id, no ticket, no key share. What the peer chose, such as names, is made printable.
 *
 * <p>Not thread-safe; holds a few hundred bytes, and the ClientHello while that comes in.
 */
public final class HandshakeTrace {
    private final Consumer<String> lines;
    private final TracedRecords received = new TracedRecords();
    private final TracedRecords sent = new TracedRecords();

    /**
     * Begins to look.
     *
     * @param lines takes what is said: one line for what each call showed, without a line break
     */
    public HandshakeTrace(Consumer<String> lines) {
        this.lines = lines;
    }

    /**
     * Something was received.
     *
     * @param bytes from the buffer's position to its limit; the buffer is left as it is and not kept
     */
    public void received(ByteBuffer bytes) {
        look("received ", received, sent, bytes);
    }

    /**
     * Something was sent.
     *
     * @param bytes from the buffer's position to its limit; the buffer is left as it is and not kept
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

    /** Where a record with a ClientHello begins, or -1. */
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
