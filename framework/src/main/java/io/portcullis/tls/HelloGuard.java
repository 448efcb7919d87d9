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
 * Reads a client's hellos on their way to a server's engine, and makes up for what engines do not look at in them.
 *
 * <ul>
 *   <li>The second hello, behind a HelloRetryRequest, must ask for what the first one asked for (RFC 8446, 4.1.2): by
 *       the first the gate has decided. An engine may forget the first name and serve the second. There is no third
 *       one.
 *   <li>{@link TlsSession#serverName()} is the name in the hello, whatever the engine makes of it.
 *   <li>A client that offers application protocols, but none of ours, is refused (alert 120; RFC 7301, 3.2).
 *   <li>The key manager is told which cipher suites there are to choose a key for.
 * </ul>
 *
 * <p>What cannot be read is refused, too: an engine may go on where it should not. The JDK's takes a server name that
 * is too long for its tickets, and sends one that is none. After the handshake the engine is used without the guard.
 */
final class HelloGuard implements TlsEngine {
    /**
     * Which hellos have come.
     *
     * <pre>
     *   NONE --> FIRST -- answered by a HelloRetryRequest --> RETRIED --> SECOND
     *     |        | |                                           |         ^ |
     *     |        | +-- not answered ---------------------------|---------+ |
     *     |        |                                             |           |
     *     +--------+---------------------------------------------+-----------+--> READ, REFUSED
     * </pre>
     */
    enum State {
        NONE,
        /** The first, and the engine has not answered. */
        FIRST,
        /** The engine has asked for another one. */
        RETRIED,
        /** The second, and the engine has not answered that. */
        SECOND,
        /** No other one is to come. */
        READ,
        /** The engine is not used any more. */
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
     * In front of a server's engine.
     *
     * @param engine belongs to the guard from now on
     * @param ours the application protocols of the server; empty if it does without, or its engine refuses others by
     *     itself
     */
    HelloGuard(TlsEngine engine, List<String> ours) {
        this.engine = engine;
        this.ours = ours;
    }

    /** The hello that the engine which runs on this thread is answering, if a guard has read it. */
    static @Nullable ClientHello current() {
        return CURRENT.get();
    }

    /** Whether an engine has a guard in front through which early data has come, or what may be early data. */
    static boolean sawEarlyData(TlsEngine engine) {
        return engine instanceof HelloGuard guard && guard.earlyData;
    }

    /** The engine behind the guard, if there is one, whose work is done when the handshake is. */
    static TlsEngine behind(TlsEngine engine) {
        return engine instanceof HelloGuard guard ? guard.engine : engine;
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (reads() && ciphertext.hasRemaining()) {
            look(ciphertext);
        }
        ClientHello answering = hello;
        if (answering == null) {
            return engine.unwrap(ciphertext, plaintext);
        }
        earlyData |= answering.earlyData()
                && ciphertext.hasRemaining()
                && RecordHeader.type(ciphertext) == RecordFormat.APPLICATION_DATA;
        CURRENT.set(answering);
        try {
            return engine.unwrap(ciphertext, plaintext);
        } finally {
            CURRENT.remove();
        }
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    /** Whether a hello may still come. */
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
                    "another message follows the ClientHello before it was answered"));
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
                    "the ClientHello behind the HelloRetryRequest asks for another server name, or for other application"
                            + " protocols, than the first one"));
        }
    }

    /** Neither side has keys yet, so the alert is in the clear. */
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
                judge(ciphertext, from);
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
     * Only a HelloRetryRequest is answered by another hello; what follows anything else may be encrypted, and look like
     * one. An engine may ask again and again, and a third hello would be compared with nothing: it asks once (RFC 8446,
     * 4.1.4).
     */
    private void judge(ByteBuffer ciphertext, int from) throws TlsException {
        if (!ServerFlight.isRetry(ciphertext, from)) {
            become(State.READ);
        } else if (state == State.FIRST) {
            become(State.RETRIED);
        } else {
            ciphertext.position(from);
            throw refuse(new TlsException(
                    HandshakeFailure.BAD_CLIENT_HELLO,
                    Alert.ILLEGAL_PARAMETER,
                    "the second ClientHello still lacks what the HelloRetryRequest has asked for"));
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
        TlsSession told = engine.session();
        ClientHello asked = hello;
        return asked == null ? told : told.named(asked.serverName());
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
