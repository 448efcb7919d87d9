// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** The other end of a connection: it says things, and understands what it hears. */
abstract class Peer {
    private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

    /** The bytes of the application that it has understood. */
    final Octets understood = new Octets();

    /** Whether the other end has ended its stream in order, as far as this protocol has such an end. */
    boolean heardEnd;

    /** Whether it was told that something is wrong, or has found that itself. */
    boolean alarmed;

    /** What it has heard and not understood yet. */
    private byte[] rest = {};

    /** Whether it can send bytes of the application. */
    boolean ready() {
        return true;
    }

    /** Says something, if it is {@linkplain #ready() ready}. */
    abstract void say(byte[] data);

    /** Whether it has ended its stream, by itself or asked to. */
    boolean ended() {
        return false;
    }

    /** Ends its stream, as its protocol does; returns whether it can, as it cannot in the middle of a handshake. */
    boolean end() {
        return true;
    }

    /** Says something that needs an answer of the protocol. */
    void ping() {}

    /**
     * Says something that carries no byte of the application; that of the JDK's TLS, which sends no such record, says
     * nothing.
     */
    void sayNothing() {}

    /** How many of its pings were not answered, as far as it knows. */
    int unanswered() {
        return 0;
    }

    /** Understands what it can; returns how much. */
    abstract int understand(byte[] heard);

    /** Hears something. */
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

    /** What is to be sent. */
    final byte[] take() {
        byte[] bytes = wire.toByteArray();
        wire.reset();
        return bytes;
    }

    /** What was heard and not understood: it belongs to whoever speaks next. */
    final byte[] rest() {
        return rest.clone();
    }

    /** Takes bytes as they are. */
    static final class Plain extends Peer {
        @Override
        void say(byte[] data) {
            send(data);
        }

        @Override
        int understand(byte[] heard) {
            understood.writeBytes(heard);
            return heard.length;
        }
    }
}
