// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.dispatch.ExploredConnection;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Sends and receives frames: a type, a length, and modified bytes. */
final class FramesPeer extends Peer {
    private static final byte HELLO = 1;
    private static final byte DATA = 2;
    private static final byte PING = 3;
    private static final byte PONG = 4;
    private static final byte CLOSE = 5;
    private static final byte ALERT = 6;
    private static final int HEADER = 3;
    private static final int LONGEST = 1000;
    private static final byte KEY = 0x21;

    private boolean helloHeard;
    private int unanswered;

    FramesPeer() {
        send(ExploredConnection.frame(HELLO));
    }

    @Override
    boolean ready() {
        return helloHeard;
    }

    @Override
    void say(byte[] data) {
        for (int from = 0; from < data.length; from += LONGEST) {
            send(ExploredConnection.frame(DATA, Arrays.copyOfRange(data, from, Math.min(data.length, from + LONGEST))));
        }
    }

    @Override
    boolean end() {
        send(ExploredConnection.frame(CLOSE));
        return true;
    }

    @Override
    void ping() {
        unanswered++;
        send(ExploredConnection.frame(PING));
    }

    @Override
    void sayNothing() {
        send(ExploredConnection.frame(DATA));
    }

    @Override
    int unanswered() {
        return unanswered;
    }

    @Override
    int understand(byte[] received) {
        ByteBuffer in = ByteBuffer.wrap(received);
        while (!receivedEnd && in.remaining() >= HEADER && in.remaining() >= HEADER + in.getShort(in.position() + 1)) {
            byte type = in.get();
            byte[] content = new byte[in.getShort()];
            in.get(content);
            understand(type, content);
        }
        return in.position();
    }

    private void understand(byte type, byte[] content) {
        switch (type) {
            case HELLO -> helloHeard = true;
            case DATA -> {
                for (int i = 0; i < content.length; i++) {
                    content[i] ^= KEY;
                }
                understood.writeBytes(content);
            }
            case PONG -> unanswered--;
            case CLOSE -> receivedEnd = true;
            case ALERT -> alarmed = true;
            default -> {}
        }
    }
}
