// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntSupplier;

/** A client's and a server's filter, joined in memory; the bytes between them can be cut into pieces. */
public final class FilterPair {
    final Wire toServer = new Wire();
    final Wire toClient = new Wire();
    final FilterEnd client;
    final FilterEnd server;

    public FilterPair(Filter client, Filter server) {
        this(client, server, false, () -> Integer.MAX_VALUE, () -> Integer.MAX_VALUE);
    }

    FilterPair(Filter client, Filter server, boolean direct, IntSupplier networkPiece, IntSupplier applicationPiece) {
        TestEngine.register(client);
        TestEngine.register(server);
        this.client = new FilterEnd(client, toClient, toServer, direct, networkPiece, applicationPiece);
        this.server = new FilterEnd(server, toServer, toClient, direct, networkPiece, applicationPiece);
    }

    /** Runs until neither side has anything to do. */
    FilterPair run() {
        boolean moved = true;
        while (moved) {
            moved = client.turn();
            moved |= server.turn();
        }
        return this;
    }

    /** Runs until both sides are secured. */
    public FilterPair handshake() {
        run();
        if (client.failure != null || server.failure != null) {
            throw new AssertionError("client: " + client.failure + "; server: " + server.failure, client.failure);
        }
        assertEquals(1, client.secured);
        assertEquals(1, server.secured);
        return this;
    }

    /** Both sides end their streams gracefully. */
    void close() {
        client.close();
        server.close();
        run();
        assertTrue(client.inputClosed && client.outputClosed, "the client is not closed");
        assertTrue(server.inputClosed && server.outputClosed, "the server is not closed");
        assertEquals(null, client.failure);
        assertEquals(null, server.failure);
    }

    /** Both sides have failed for these reasons, one because of the other's alert, and are closed. */
    void assertBothFailed(HandshakeFailure ofClient, HandshakeFailure ofServer) {
        run();
        String both = "client: " + client.failure + "; server: " + server.failure;
        TlsException atClient = client.failure;
        TlsException atServer = server.failure;
        assertNotNull(atClient, both);
        assertNotNull(atServer, both);
        assertEquals(ofClient + ", " + ofServer, atClient.failure() + ", " + atServer.failure(), both);
        assertTrue(
                atClient.peerAlert().isPresent() != atServer.peerAlert().isPresent(),
                () -> "one fails because of the other: " + both);
        client.assertFailed(ofClient);
        server.assertFailed(ofServer);
    }

    /** Both sides have failed for the same reason. */
    void assertBothFailed(HandshakeFailure why) {
        assertBothFailed(why, why);
    }
}
