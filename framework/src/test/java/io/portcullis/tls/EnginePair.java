// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngine.Status;
import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;

/** Two engines that communicate in memory. */
final class EnginePair {
    private static final int SPACE = 1 << 16;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final TlsEngine client;
    private final TlsEngine server;
    private final ByteBuffer toServer = ByteBuffer.allocateDirect(SPACE);
    private final ByteBuffer toClient = ByteBuffer.allocateDirect(SPACE);
    private int serverAlert = -1;

    EnginePair(TlsEngine client, TlsEngine server) {
        this.client = TestEngine.register(client);
        this.server = TestEngine.register(server);
    }

    static EnginePair of(TlsProfile client, TlsProfile server) {
        return new EnginePair(client.clientEngine("localhost", 8443), server.serverEngine());
    }

    /** Performs a handshake and exchanges one byte each way, so that tickets have arrived. */
    EnginePair handshake() throws SSLException {
        move();
        if (!client.handshakeComplete() || !server.handshakeComplete()) {
            throw new SSLException("stalled");
        }
        client.wrap(ByteBuffer.wrap(new byte[] {1}), toServer);
        server.wrap(ByteBuffer.wrap(new byte[] {2}), toClient);
        move();
        return this;
    }

    SSLSession clientSession() {
        return client().getSession();
    }

    SSLSession serverSession() {
        return server().getSession();
    }

    /** The SSLEngine behind the client's engine. */
    SSLEngine client() {
        return sslEngine(client);
    }

    SSLEngine server() {
        return sslEngine(server);
    }

    private static SSLEngine sslEngine(TlsEngine engine) {
        return ((SslEngineAdapter) HelloGuard.behind(engine)).sslEngine();
    }

    X509Certificate certificateThatTheClientSaw() throws SSLException {
        return client.session().peerCertificates().get(0);
    }

    /** The alert that the server sent when it failed, or -1; it is in plaintext as long as no keys are agreed on. */
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
                serverAlert = lastAlertToClient();
                if (serverAlert < 0) {
                    FinalRecords.ofEngine(server, Alert.INTERNAL_ERROR, true).encode(toClient);
                    serverAlert = lastAlertToClient();
                }
                throw e;
            }
        }
    }

    /**
     * The alert at the end of the server's output, -1 if there is none; some engines have sent it before they throw.
     */
    private int lastAlertToClient() {
        int alert = toClient.position() - Alert.LENGTH;
        return alert >= 0 && toClient.get(alert) == 21 ? toClient.get(alert + 6) & 0xff : -1;
    }

    /** Makes an engine read one flight; its response is discarded. */
    static void readFlight(TlsEngine engine, byte[] flight) throws SSLException {
        ByteBuffer in = ByteBuffer.allocateDirect(SPACE).put(flight);
        step(engine, in, ByteBuffer.allocateDirect(SPACE));
    }

    private static boolean step(TlsEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
        boolean moved = false;
        in.flip();
        while (recordIn(in) > 0 || engine.hasPendingInput()) {
            int limit = in.limit();
            in.limit(in.position() + recordIn(in));
            int before = in.position();
            Status status = engine.unwrap(in, ByteBuffer.allocateDirect(SPACE));
            in.limit(limit);
            moved |= in.position() > before;
            runTasks(engine, status);
            if (status == Status.CLOSED || in.position() == before || engine.hasPendingOutput()) {
                break;
            }
        }
        in.compact();
        while (engine.hasPendingOutput()) {
            int before = out.position();
            runTasks(engine, engine.wrap(EMPTY, out));
            if (out.position() == before) {
                break;
            }
            moved = true;
        }
        return moved;
    }

    /** The size of the first complete record, or 0. */
    private static int recordIn(ByteBuffer in) {
        if (in.remaining() < RecordFormat.LENGTH) {
            return 0;
        }
        int size = RecordFormat.LENGTH + (in.getShort(in.position() + 3) & 0xffff);
        return size <= in.remaining() ? size : 0;
    }

    private static void runTasks(TlsEngine engine, Status status) {
        Runnable task = status == Status.NEED_TASK ? engine.task() : null;
        while (task != null) {
            task.run();
            task = engine.task();
        }
    }
}
