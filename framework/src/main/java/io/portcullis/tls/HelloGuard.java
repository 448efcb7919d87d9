// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.internal.states.Transitions;
import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a client's hellos before they are passed to a server's engine, and performs checks that engines omit.
 *
 * <ul>
 *   <li>A second hello, after a HelloRetryRequest, must have the same server name and application protocols as the
 *       first (RFC 8446, 4.1.2), by which the gate has decided. An engine may forget the first name and serve the
 *       second. A third hello is refused.
 *   <li>{@link TlsSession#serverName()} is the name in the hello, whatever the engine reports.
 *   <li>A client that offers application protocols, but none of ours, is refused (alert 120; RFC 7301, 3.2).
 *   <li>The key manager gets the client's cipher suites, by which it chooses a key.
 * </ul>
 *
 * <p>A hello that cannot be parsed is refused as well, since an engine may continue where it should not: the JDK's
 * accepts a server name that is too long for its tickets, and then sends an invalid one. After the handshake, the
 * engine is used without the guard.
 */
final class HelloGuard implements TlsEngine {
    /**
     * Which hellos have been received.
     *
     * <pre>
     *   NONE --> FIRST -- the engine's HelloRetryRequest ---> RETRIED --> SECOND
     *     |        | |                                           |         ^ |
     *     |        | +-- no response yet ------------------------|---------+ |
     *     |        |                                             |           |
     *     +--------+---------------------------------------------+-----------+--> READ, REFUSED
     * </pre>
     */
    enum State {
        NONE,
        /** The first one; the engine has not responded. */
        FIRST,
        /** The engine has sent a HelloRetryRequest. */
        RETRIED,
        /** The second one; the engine has not responded. */
        SECOND,
        /** No further hello is expected. */
        READ,
        /** The client was refused; the engine is not used any more. */
        REFUSED
    }

    static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.NONE, EnumSet.of(State.FIRST, State.READ, State.REFUSED))
            .allow(State.FIRST, EnumSet.of(State.RETRIED, State.SECOND, State.READ, State.REFUSED))
            .allow(State.RETRIED, EnumSet.of(State.SECOND, State.READ, State.REFUSED))
            .allow(State.SECOND, EnumSet.of(State.READ, State.REFUSED));

    private static final ThreadLocal<@Nullable ClientHello> CURRENT = new ThreadLocal<>();

    private final TlsEngine engine;
    private final List<String> ours;
    private final HelloRecords records = new HelloRecords();
    private State state = State.NONE;
    private @Nullable ClientHello hello;
    private @Nullable ByteBuffer alert;
    private boolean earlyData;

    /**
     * Guards a server's engine.
     *
     * @param engine belongs to the guard from now on
     * @param ours the application protocols of the server; empty if it does not use ALPN, or its engine itself refuses
     *     others
     */
    HelloGuard(TlsEngine engine, List<String> ours) {
        this.engine = engine;
        this.ours = ours;
    }

    /** Returns the hello that the engine on this thread is processing, if a guard has read it. */
    static @Nullable ClientHello current() {
        return CURRENT.get();
    }

    /** Returns whether the engine has a guard that has seen early data, or records that may be early data. */
    static boolean sawEarlyData(TlsEngine engine) {
        return engine instanceof HelloGuard guard && guard.earlyData;
    }

    /** Returns the engine behind the guard, if there is one; the guard is not needed after the handshake. */
    static TlsEngine behind(TlsEngine engine) {
        return engine instanceof HelloGuard guard ? guard.engine : engine;
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (reads() && ciphertext.hasRemaining()) {
            look(ciphertext);
        }
        ClientHello current = hello;
        if (current == null) {
            return engine.unwrap(ciphertext, plaintext);
        }
        earlyData |= current.earlyData()
                && ciphertext.hasRemaining()
                && RecordHeader.type(ciphertext) == RecordFormat.APPLICATION_DATA;
        CURRENT.set(current);
        try {
            return engine.unwrap(ciphertext, plaintext);
        } finally {
            CURRENT.remove();
        }
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    /** Returns whether a hello may still be received. */
    private boolean reads() {
        return state.compareTo(State.READ) < 0;
    }

    private void look(ByteBuffer record) throws TlsException {
        ClientHello next;
        try {
            next = records.add(record);
        } catch (TlsException notUnderstood) {
            throw refuse(notUnderstood);
        }
        if (next != null && records.followed()) {
            throw refuse(new TlsException(
                    HandshakeFailure.BAD_CLIENT_HELLO,
                    Alert.UNEXPECTED_MESSAGE,
                    "another message follows the ClientHello, before the server has responded"));
        }
        ClientHello first = hello;
        if (next != null && first == null) {
            hello = next;
            become(State.FIRST);
            requireCommonProtocol(next);
        } else if (next != null && first != null) {
            if (state != State.SECOND) {
                become(State.SECOND);
            }
            requireSequel(first, next);
        }
        if (records.over()) {
            become(State.READ);
        }
    }

    private void requireCommonProtocol(ClientHello first) throws TlsException {
        List<String> offered = first.applicationProtocols();
        if (!ours.isEmpty() && !offered.isEmpty() && Collections.disjoint(offered, ours)) {
            throw refuse(new TlsException(
                    HandshakeFailure.NO_APPLICATION_PROTOCOL,
                    Alert.NO_APPLICATION_PROTOCOL,
                    "the client offers none of the application protocols " + ours));
        }
    }

    private void requireSequel(ClientHello first, ClientHello second) throws TlsException {
        if (!second.serverName().equals(first.serverName())
                || !second.applicationProtocols().equals(first.applicationProtocols())) {
            throw refuse(new TlsException(
                    HandshakeFailure.BAD_CLIENT_HELLO,
                    Alert.ILLEGAL_PARAMETER,
                    "the ClientHello after the HelloRetryRequest has another server name, or other application"
                            + " protocols, than the first one"));
        }
    }

    /** Neither side has keys yet, so the alert is not encrypted. */
    private TlsException refuse(TlsException reason) {
        become(State.REFUSED);
        alert = reason.alert().record();
        return reason;
    }

    @Override
    public Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        if (state != State.REFUSED) {
            int from = ciphertext.position();
            Status status = engine.wrap(plaintext, ciphertext);
            if ((state == State.FIRST || state == State.SECOND) && ciphertext.position() > from) {
                checkResponse(ciphertext, from);
            }
            return status;
        }
        if (alert != null) {
            ciphertext.put(alert);
            alert = null;
        }
        return Status.CLOSED;
    }

    /**
     * Only a HelloRetryRequest is followed by another hello; records after anything else may be encrypted and look like
     * one. A second HelloRetryRequest is not allowed (RFC 8446, 4.1.4): a third hello would be compared with nothing.
     */
    private void checkResponse(ByteBuffer ciphertext, int from) throws TlsException {
        if (!ServerFlight.isRetry(ciphertext, from)) {
            become(State.READ);
        } else if (state == State.FIRST) {
            become(State.RETRIED);
        } else {
            ciphertext.position(from);
            throw refuse(new TlsException(
                    HandshakeFailure.BAD_CLIENT_HELLO,
                    Alert.ILLEGAL_PARAMETER,
                    "the second ClientHello still lacks what the HelloRetryRequest has requested"));
        }
    }

    @Override
    public boolean hasPendingOutput() {
        return state == State.REFUSED ? alert != null : engine.hasPendingOutput();
    }

    @Override
    public boolean hasPendingInput() {
        return state != State.REFUSED && engine.hasPendingInput();
    }

    @Override
    public boolean handshakeComplete() {
        return engine.handshakeComplete();
    }

    @Override
    public @Nullable Runnable task() {
        Runnable task = engine.task();
        ClientHello current = hello;
        if (task == null || current == null) {
            return task;
        }
        return () -> {
            CURRENT.set(current);
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
    public void forgetSession() {
        engine.forgetSession();
    }

    @Override
    public void fail(int reason) {
        if (state != State.REFUSED) {
            engine.fail(reason);
        }
    }

    @Override
    public boolean inboundClosed() {
        return engine.inboundClosed();
    }

    @Override
    public TlsSession session() {
        TlsSession session = engine.session();
        ClientHello current = hello;
        return current == null ? session : session.named(current.serverName());
    }

    @Override
    public Optional<byte[]> exportKeyingMaterial(String label, byte[] context, int length) {
        return engine.exportKeyingMaterial(label, context, length);
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
