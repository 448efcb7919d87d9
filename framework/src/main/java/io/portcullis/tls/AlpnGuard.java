// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a client that offers application protocols, but none of ours (alert 120; RFC 7301, 3.2), on behalf of an engine
 * that would go on without. It reads the ClientHello on its way to the engine, and afterwards costs one comparison a record.
 */
final class AlpnGuard implements TlsEngine {
    private final TlsEngine engine;
    private final List<String> ours;
    private @Nullable Hello hello = new Hello();
    private @Nullable ByteBuffer alert;
    private boolean refused;

    /**
     * In front of a server's engine.
     *
     * @param engine belongs to the guard from now on
     * @param ours the application protocols of the server
     */
    AlpnGuard(TlsEngine engine, List<String> ours) {
        this.engine = engine;
        this.ours = ours;
    }

    /** What has come of the ClientHello, which may be in several records. */
    private static final class Hello {
        private final ClientHelloReader reader = new ClientHelloReader();
        private ByteBuffer records = ByteBuffer.allocate(0);

        /** Adds a record; answers the hello when it is whole. */
        @Nullable
        ClientHello add(ByteBuffer record) throws TlsException {
            records = ByteBuffer.allocate(records.remaining() + record.remaining())
                    .put(records)
                    .put(record.slice())
                    .flip();
            return reader.read(records);
        }
    }

    /** The engine behind the guard. */
    TlsEngine engine() {
        return engine;
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (hello != null && ciphertext.hasRemaining()) {
            look(hello, ciphertext);
        }
        return engine.unwrap(ciphertext, plaintext);
    }

    private void look(Hello reading, ByteBuffer record) throws SSLException {
        ClientHello read;
        try {
            read = reading.add(record);
        } catch (TlsException notAHello) {
            // The engine has an alert for that.
            hello = null;
            return;
        }
        if (read == null) {
            return;
        }
        hello = null;
        List<String> offered = read.applicationProtocols();
        if (!offered.isEmpty() && Collections.disjoint(offered, ours)) {
            refused = true;
            alert = Alert.NO_APPLICATION_PROTOCOL.record();
            throw new SSLHandshakeException("the client offers none of the application protocols " + ours);
        }
    }

    @Override
    public Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        if (!refused) {
            return engine.wrap(plaintext, ciphertext);
        }
        if (alert != null) {
            ciphertext.put(alert);
            alert = null;
        }
        return Status.CLOSED;
    }

    @Override
    public boolean hasPendingOutput() {
        return refused ? alert != null : engine.hasPendingOutput();
    }

    @Override
    public boolean hasPendingInput() {
        return !refused && engine.hasPendingInput();
    }

    @Override
    public boolean handshakeComplete() {
        return engine.handshakeComplete();
    }

    @Override
    public @Nullable Runnable task() {
        return engine.task();
    }

    @Override
    public void closeOutbound() {
        engine.closeOutbound();
    }

    @Override
    public boolean inboundClosed() {
        return engine.inboundClosed();
    }

    @Override
    public TlsSession session() {
        return engine.session();
    }

    @Override
    public int packetSize() {
        return engine.packetSize();
    }

    @Override
    public int plaintextSize() {
        return engine.plaintextSize();
    }

    @Override
    public void free() {
        engine.free();
    }
}
