// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads the ClientHello on its way to a server's engine, and makes up for what the engine does not look at in it: refuses a
 * client that offers application protocols, but none of ours (alert 120; RFC 7301, 3.2), and tells the key manager which
 * cipher suites there are to choose a key for. After the handshake the engine is used without it.
 */
final class HelloGuard implements TlsEngine {
    private static final ThreadLocal<@Nullable ClientHello> CURRENT = new ThreadLocal<>();

    private final TlsEngine engine;
    private final List<String> ours;
    private @Nullable Hello reading = new Hello();
    private @Nullable ClientHello hello;
    private @Nullable ByteBuffer alert;
    private boolean refused;

    /**
     * In front of a server's engine.
     *
     * @param engine belongs to the guard from now on
     * @param ours the application protocols of the server; empty if it does without
     */
    HelloGuard(TlsEngine engine, List<String> ours) {
        this.engine = engine;
        this.ours = ours;
    }

    /** The hello that the engine which runs on this thread is answering, if a guard has read it. */
    static @Nullable ClientHello current() {
        return CURRENT.get();
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

    /** The engine behind the guard, if there is one, whose work is done when the handshake is. */
    static TlsEngine behind(TlsEngine engine) {
        return engine instanceof HelloGuard guard ? guard.engine : engine;
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (reading != null && ciphertext.hasRemaining()) {
            look(reading, ciphertext);
        }
        if (hello == null) {
            return engine.unwrap(ciphertext, plaintext);
        }
        CURRENT.set(hello);
        try {
            return engine.unwrap(ciphertext, plaintext);
        } finally {
            CURRENT.remove();
            hello = engine.handshakeComplete() ? null : hello;
        }
    }

    private void look(Hello records, ByteBuffer record) throws SSLException {
        try {
            hello = records.add(record);
        } catch (TlsException notAHello) {
            // The engine has an alert for that.
            reading = null;
            return;
        }
        if (hello == null) {
            return;
        }
        reading = null;
        List<String> offered = hello.applicationProtocols();
        if (!ours.isEmpty() && !offered.isEmpty() && Collections.disjoint(offered, ours)) {
            refused = true;
            alert = Alert.NO_APPLICATION_PROTOCOL.record();
            throw new TlsException(
                    HandshakeFailure.NO_APPLICATION_PROTOCOL,
                    Alert.NO_APPLICATION_PROTOCOL,
                    "the client offers none of the application protocols " + ours);
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
        Runnable task = engine.task();
        ClientHello answering = hello;
        if (task == null || answering == null) {
            return task;
        }
        return () -> {
            CURRENT.set(answering);
            try {
                task.run();
            } finally {
                CURRENT.remove();
            }
        };
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
