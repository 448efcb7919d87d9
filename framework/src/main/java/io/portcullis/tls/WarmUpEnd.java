// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import java.nio.ByteBuffer;

/** One end of a connection in memory, which reuses its buffers for later connections. */
final class WarmUpEnd {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBuffer in;
    private final ByteBuffer out;
    private final boolean echoes;
    private final ByteBuffer application = ByteBuffer.allocateDirect(SslEngineAdapter.LARGEST_BUFFER);

    private Filter filter = new PlainFilter();
    private ByteBuffer toSend = NOTHING;
    private boolean secured;
    private boolean closing;
    private boolean inputClosed;
    private boolean outputClosed;
    private long received;

    /**
     * Creates an end without a filter.
     *
     * @param in what the other end has sent, ready to be read
     * @param out what this end sends, ready to be read
     * @param echoes whether it sends back what it receives
     */
    WarmUpEnd(ByteBuffer in, ByteBuffer out, boolean echoes) {
        this.in = in;
        this.out = out;
        this.echoes = echoes;
    }

    void begin(Filter first) {
        filter = first;
        toSend = NOTHING;
        secured = false;
        closing = false;
        inputClosed = false;
        outputClosed = false;
        received = 0;
        in.limit(0);
    }

    boolean secured() {
        return secured;
    }

    boolean outputClosed() {
        return outputClosed;
    }

    boolean closed() {
        return inputClosed && outputClosed;
    }

    long received() {
        return received;
    }

    void send(ByteBuffer data) {
        toSend = data;
    }

    void close() {
        closing = true;
    }

    void free() {
        filter.free();
    }

    /** Decodes the received bytes and encodes pending output. */
    void turn(boolean networkEnded) throws TlsException {
        if (networkEnded) {
            filter.closeInput();
        }
        decode();
        encode();
    }

    private void decode() throws TlsException {
        boolean again = !inputClosed && !hasEcho();
        while (again) {
            Step step = filter.decode(in, application.clear());
            received += application.position();
            if (echoes) {
                toSend = application.flip();
            }
            again = switch (step) {
                case PROGRESS, SECURED, RUN_TASK, REPLACE -> goOn(step) && !hasEcho();
                case NEED_INPUT, NEED_ENCODE, NEED_DECODE, NEED_SPACE -> false;
                case CLOSED -> {
                    inputClosed = true;
                    yield false;
                }
            };
        }
    }

    private void encode() throws TlsException {
        out.compact();
        boolean again = !outputClosed;
        while (again) {
            if (closing && !toSend.hasRemaining()) {
                filter.closeOutput();
            }
            Step step = filter.encode(toSend, out);
            again = switch (step) {
                case PROGRESS, SECURED, RUN_TASK, REPLACE -> goOn(step);
                case NEED_INPUT, NEED_ENCODE, NEED_DECODE, NEED_SPACE -> false;
                case CLOSED -> {
                    outputClosed = true;
                    yield false;
                }
            };
        }
        out.flip();
    }

    private boolean hasEcho() {
        return echoes && toSend.hasRemaining();
    }

    private boolean goOn(Step step) {
        secured |= step == Step.SECURED;
        if (step == Step.REPLACE) {
            filter = filter.successor();
        }
        Runnable task = step == Step.RUN_TASK ? filter.task() : null;
        if (task != null) {
            task.run();
        }
        return true;
    }
}
