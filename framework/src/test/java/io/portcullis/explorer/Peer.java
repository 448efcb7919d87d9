// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** The other end of a connection: it sends bytes, and parses what it receives. */
abstract class Peer {
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

    /** The application bytes that it has received. */
    final Octets understood = new Octets();

    /** Whether the other end has ended its stream gracefully, as far as this protocol has such an end. */
    boolean receivedEnd;

    /** Whether it was notified of a failure, or has detected one itself. */
    boolean alarmed;

    /** The bytes that it has received and not parsed yet. */
    private byte[] rest = {};

    /** Whether it can send application bytes. */
    boolean ready() {
        return true;
    }

    /** Sends application bytes, if it is {@linkplain #ready() ready}. */
    abstract void say(byte[] data);

    /** Whether it has ended its stream, of its own accord or on request. */
    boolean ended() {
        return false;
    }

    /**
     * Ends its stream according to its protocol; returns whether it can, since it cannot in the middle of a handshake.
     */
    boolean end() {
        return true;
    }

    /** Sends a message that requires a response of the protocol. */
    void ping() {}

    /** Sends a record without application bytes; the JDK's TLS, which sends no such record, sends nothing. */
    void sayNothing() {}

    /** How many of its pings were not answered, as far as it knows. */
    int unanswered() {
        return 0;
    }

    /** Parses what it can; returns how many bytes. */
    abstract int understand(byte[] received);

    /** Receives bytes. */
    final void hear(byte[] bytes) {
        byte[] all = bytes;
        if (rest.length > 0) {
            all = Arrays.copyOf(rest, rest.length + bytes.length);
            System.arraycopy(bytes, 0, all, rest.length, bytes.length);
        }
        rest = Arrays.copyOfRange(all, understand(all), all.length);
    }

    final void send(byte[] bytes) {
        wire.writeBytes(bytes);
    }

    /** The bytes to send. */
    final byte[] take() {
        byte[] bytes = wire.toByteArray();
        wire.reset();
        return bytes;
    }

    /** The bytes received and not parsed, which are passed to the next peer. */
    final byte[] rest() {
        return rest.clone();
    }

    /** Sends bytes unchanged. */
    static final class Plain extends Peer {
        @Override
        void say(byte[] data) {
            send(data);
        }

        @Override
        int understand(byte[] received) {
            understood.writeBytes(received);
            return received.length;
        }
    }
}
