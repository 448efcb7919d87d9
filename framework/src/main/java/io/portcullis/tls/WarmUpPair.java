// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.records.Alert;
import java.nio.ByteBuffer;

/** The filters of a server and a client, connected in memory: the server sends back what it receives. */
final class WarmUpPair {
    /** More than any connection needs; ends a warm-up whose engine makes no progress. */
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

    /** Runs until both sides are secured. */
    void handshake() throws TlsException {
        for (int turns = 0; !(server.secured() && client.secured()); turns++) {
            turn(turns);
        }
    }

    /** Sends bytes from the client, and reads until the same number has come back. */
    void echo(ByteBuffer data) throws TlsException {
        long expected = client.received() + data.remaining();
        client.send(data);
        for (int turns = 0; client.received() < expected; turns++) {
            turn(turns);
        }
    }

    /** Ends the streams of both sides. */
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
            throw new TlsException(
                    HandshakeFailure.ENGINE_STALLED, Alert.INTERNAL_ERROR, "the warm-up made no progress");
        }
        client.turn(server.outputClosed());
        server.turn(client.outputClosed());
    }
}
