// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;

/** One peer of a connection in memory. */
final class MemoryPeer {
    private static final int SPACE = 1 << 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final boolean counted;
    private final ByteBuffer in = ByteBuffer.allocateDirect(SPACE);
    private final ByteBuffer application = ByteBuffer.allocateDirect(SPACE);

    private Filter filter;
    private boolean secured;
    private long sent;

    /**
     * Creates a peer.
     *
     * @param filter the first filter
     * @param counted whether its work counts as the server's: see {@link ServerShare}
     */
    MemoryPeer(Filter filter, boolean counted) {
        this.filter = filter;
        this.counted = counted;
    }

    /** Starts another connection on the same buffers. */
    void begin(Filter next) {
        filter = next;
        secured = false;
        sent = 0;
        in.clear();
    }

    Filter filter() {
        return filter;
    }

    boolean secured() {
        return secured;
    }

    /** Returns the number of bytes sent. */
    long sent() {
        return sent;
    }

    /** Processes what has arrived. */
    void turn(MemoryPeer peer) throws SSLException {
        turn(peer, NOTHING);
    }

    /** Processes what has arrived, and sends data. */
    void turn(MemoryPeer peer, ByteBuffer data) throws SSLException {
        if (counted) {
            ServerShare.begin();
        }
        try {
            decode();
            int before = peer.in.position();
            encode(peer.in, data);
            sent += peer.in.position() - before;
        } finally {
            if (counted) {
                ServerShare.end();
            }
        }
    }

    private void decode() throws SSLException {
        in.flip();
        Step step = Step.PROGRESS;
        while (goesOn(step)) {
            step = filter.decode(in, application.clear());
            follow(step);
        }
        in.compact();
    }

    private void encode(ByteBuffer network, ByteBuffer data) throws SSLException {
        Step step = Step.PROGRESS;
        while (goesOn(step)) {
            step = filter.encode(data, network);
            follow(step);
        }
    }

    private void follow(Step step) {
        secured |= step == Step.SECURED;
        if (step == Step.REPLACE) {
            filter = filter.successor();
        }
        Runnable task = step == Step.RUN_TASK ? filter.task() : null;
        if (task != null) {
            task.run();
        }
    }

    private static boolean goesOn(Step step) {
        return switch (step) {
            case PROGRESS, SECURED, RUN_TASK, REPLACE -> true;
            case NEED_INPUT, NEED_SPACE, NEED_ENCODE, NEED_DECODE, CLOSED -> false;
        };
    }

    /** Runs until both peers are secured, and the client has the session tickets. */
    static void handshake(MemoryPeer client, MemoryPeer server) throws SSLException {
        for (int turns = 0; !(client.secured && server.secured); turns++) {
            if (turns > 100) {
                throw new IllegalStateException("the handshake makes no progress");
            }
            client.turn(server);
            server.turn(client);
        }
        server.turn(client);
        client.turn(server);
    }
}
