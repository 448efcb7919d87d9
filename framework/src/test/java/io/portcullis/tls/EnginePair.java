// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** Two engines that speak to each other in memory. */
final class EnginePair {
    private static final int SPACE = 1 << 16;

    private final SSLEngine client;
    private final SSLEngine server;
    private final ByteBuffer toServer = ByteBuffer.allocate(SPACE);
    private final ByteBuffer toClient = ByteBuffer.allocate(SPACE);
    private int serverAlert = -1;

    EnginePair(SSLEngine client, SSLEngine server) {
        this.client = client;
        this.server = server;
    }

    static EnginePair of(TlsProfile client, TlsProfile server) {
        return new EnginePair(client.clientEngine("localhost", 8443), server.serverEngine());
    }

    /** Shakes hands and exchanges one byte each way, so that tickets have arrived. */
    EnginePair handshake() throws SSLException {
        client.beginHandshake();
        server.beginHandshake();
        move();
        if (isHandshaking(client) || isHandshaking(server)) {
            throw new SSLException(
                    "stalled: client " + client.getHandshakeStatus() + ", server " + server.getHandshakeStatus());
        }
        client.wrap(ByteBuffer.wrap(new byte[] {1}), toServer);
        server.wrap(ByteBuffer.wrap(new byte[] {2}), toClient);
        move();
        return this;
    }

    SSLSession clientSession() {
        return client.getSession();
    }

    SSLSession serverSession() {
        return server.getSession();
    }

    SSLEngine client() {
        return client;
    }

    SSLEngine server() {
        return server;
    }

    X509Certificate certificateThatTheClientSaw() throws SSLException {
        return (X509Certificate) client.getSession().getPeerCertificates()[0];
    }

    /** The alert that the server sent when it failed, or -1; it is in the clear as long as no keys are agreed on. */
    int serverAlert() {
        return serverAlert;
    }

    private void move() throws SSLException {
        boolean moved = true;
        while (moved) {
            moved = step(client, toClient, toServer);
            try {
                moved |= step(server, toServer, toClient);
            } catch (SSLException e) {
                toClient.clear();
                server.wrap(ByteBuffer.allocate(0), toClient);
                serverAlert = toClient.position() == 7 && toClient.get(0) == 21 ? toClient.get(6) & 0xff : -1;
                throw e;
            }
        }
    }

    private static boolean isHandshaking(SSLEngine engine) {
        return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
    }

    private static boolean step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        switch (engine.getHandshakeStatus()) {
            case NEED_TASK -> {
                Runnable task = engine.getDelegatedTask();
                while (task != null) {
                    task.run();
                    task = engine.getDelegatedTask();
                }
                return true;
            }
            case NEED_WRAP -> {
                return engine.wrap(ByteBuffer.allocate(0), out).bytesProduced() > 0;
            }
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN, FINISHED, NOT_HANDSHAKING -> {
                in.flip();
                SSLEngineResult result = engine.unwrap(in, ByteBuffer.allocate(SPACE));
                in.compact();
                return result.bytesConsumed() > 0;
            }
        }
        throw new IllegalStateException();
    }
}
