// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.loop.Strand;
import java.io.IOException;

/** The network between a connection and its peer, from the peer's point of view. */
public final class ExploredSocket {
    /** The most that a connection reads without yielding to others: a turn starts one read, or sometimes two. */
    private static final int MOST_READS = 2 * Strand.TURNS_IN_A_ROW;

    private final ScriptedTransport transport;
    private boolean somethingCame;

    ExploredSocket(ScriptedTransport transport) {
        this.transport = transport;
    }

    private boolean inline() {
        return transport.script.inline();
    }

    /** Enlarges the peer's window. */
    public void takes(int bytes) {
        transport.window = Math.min(Integer.MAX_VALUE, transport.window + bytes);
        if (inline()) {
            transport.completeWrite();
        }
    }

    /** Delivers bytes. */
    public void comes(byte[] bytes) {
        if (bytes.length > 0) {
            somethingCame = true;
            transport.receive(bytes);
            if (inline()) {
                int before = transport.reads;
                transport.completeRead();
                if (transport.reads - before > MOST_READS) {
                    transport.defects.add(
                            (transport.reads - before) + " reads in a row without yielding to other connections");
                }
            }
        }
    }

    /** Whether any bytes have arrived. */
    boolean somethingCame() {
        return somethingCame;
    }

    /** Ends the stream. */
    public void endComes() {
        transport.receiveEnd();
        if (inline()) {
            transport.completeRead();
        }
    }

    /** Fails the network. */
    public void reset() {
        transport.fail(new IOException("Connection reset"));
        transport.completeBoth();
    }

    /** Completes a read, if one is pending. */
    public boolean readDone() {
        return transport.completeRead();
    }

    /** Completes a write, if one is pending. */
    public boolean writeDone() {
        return transport.completeWrite();
    }

    /** The number of bytes sent. */
    public int sent() {
        return transport.sent.size();
    }

    /** The bytes sent, from an offset on. */
    public byte[] sentFrom(int position) {
        return transport.sent.from(position);
    }

    /** Whether the end of the stream was sent. */
    public boolean outputEnded() {
        return transport.outputEnded;
    }

    /** Whether the connection has closed it. */
    public boolean closed() {
        return transport.closed;
    }
}
