// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.loop.Strand;
import java.io.IOException;

/** The network between a connection and its peer, as the peer has it. */
public final class ExploredSocket {
    /** More than this a connection does not read without letting others pass: a turn starts one read, or seldom two. */
    private static final int MOST_READS = 2 * Strand.TURNS_IN_A_ROW;

    private final ScriptedTransport transport;
    private boolean somethingCame;

    ExploredSocket(ScriptedTransport transport) {
        this.transport = transport;
    }

    private boolean inline() {
        return transport.script.inline();
    }

    /** The peer's window grows. */
    public void takes(int bytes) {
        transport.window = Math.min(Integer.MAX_VALUE, transport.window + bytes);
        if (inline()) {
            transport.completeWrite();
        }
    }

    /** Bytes come. */
    public void comes(byte[] bytes) {
        if (bytes.length > 0) {
            somethingCame = true;
            transport.receive(bytes);
            if (inline()) {
                int before = transport.reads;
                transport.completeRead();
                if (transport.reads - before > MOST_READS) {
                    transport.defects.add(
                            (transport.reads - before) + " reads in a row, and no other connection is let pass");
                }
            }
        }
    }

    /** Whether any bytes have come. */
    boolean somethingCame() {
        return somethingCame;
    }

    /** The end of the stream comes. */
    public void endComes() {
        transport.receiveEnd();
        if (inline()) {
            transport.completeRead();
        }
    }

    /** The network fails. */
    public void reset() {
        transport.fail(new IOException("Connection reset"));
        transport.completeBoth();
    }

    /** A read completes, if one can. */
    public boolean readDone() {
        return transport.completeRead();
    }

    /** A write completes, if one can. */
    public boolean writeDone() {
        return transport.completeWrite();
    }

    /** How much was sent. */
    public int sent() {
        return transport.sent.size();
    }

    /** What was sent, from a place on. */
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
