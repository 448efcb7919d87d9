// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.records.Alert;
import java.nio.ByteBuffer;

/** A server's and a client's filter, joined in memory: the server sends back what it receives. */
final class WarmUpPair {
    /** More than any connection of a lesson needs: an engine that does not get on ends here. */
    private static final int MOST_TURNS = 1000;

    private static final int NETWORK = 4 * SslEngineAdapter.LARGEST_BUFFER;

    private final WarmUpEnd server;
    private final WarmUpEnd client;

    WarmUpPair() {
        ByteBuffer toServer = ByteBuffer.allocateDirect(NETWORK);
        ByteBuffer toClient = ByteBuffer.allocateDirect(NETWORK);
        server = new WarmUpEnd(toServer, toClient, true);
        client = new WarmUpEnd(toClient, toServer, false);
    }

    /** Begins another connection. */
    void begin(Filter forServer, Filter forClient) {
        server.begin(forServer);
        client.begin(forClient);
    }

    /** Until both sides are secured. */
    void handshake() throws TlsException {
        for (int turns = 0; !(server.secured() && client.secured()); turns++) {
            turn(turns);
        }
    }

    /** The client sends bytes, and reads on until as many have come back. */
    void echo(ByteBuffer data) throws TlsException {
        long expected = client.received() + data.remaining();
        client.send(data);
        for (int turns = 0; client.received() < expected; turns++) {
            turn(turns);
        }
    }

    /** Both sides end their stream. */
    void close() throws TlsException {
        client.close();
        server.close();
        for (int turns = 0; !(server.closed() && client.closed()); turns++) {
            turn(turns);
        }
    }

    void free() {
        server.free();
        client.free();
    }

    private void turn(int turns) throws TlsException {
        if (turns == MOST_TURNS) {
            throw new TlsException(HandshakeFailure.ENGINE_STALLED, Alert.INTERNAL_ERROR, "the warm-up did not get on");
        }
        client.turn(server.outputClosed());
        server.turn(client.outputClosed());
    }
}
