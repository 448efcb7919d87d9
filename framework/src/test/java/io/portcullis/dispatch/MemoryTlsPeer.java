// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** A TLS client in memory: the other end of a {@link ScriptedTransport}, from an offset of its stream on. */
final class MemoryTlsPeer {
    private static final SSLContext CONTEXT = TestCertificates.jdkClientContext();

    final ByteArrayOutputStream received = new ByteArrayOutputStream();
    final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    private final SSLEngine engine;
    private final ScriptedTransport transport;
    private int seen;

    private @Nullable Runnable lastTurn;

    /** Sent with the last message of the handshake. */
    private byte @org.jspecify.annotations.Nullable [] behindFinished;

    MemoryTlsPeer sendingBehindFinished(byte[] data) {
        behindFinished = data;
        return this;
    }

    /** A peer whose stream begins after what the connection has sent so far. */
    MemoryTlsPeer(ScriptedTransport transport, String protocol) {
        this.transport = transport;
        this.seen = transport.sent.size();
        engine = CONTEXT.createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        engine.setSSLParameters(parameters);
    }

    /** The first message of a new client. */
    static byte[] hello(String protocol) {
        try {
            return new MemoryTlsPeer(new ScriptedTransport(ScriptedTransport.EAGER), protocol)
                    .begin()
                    .take();
        } catch (SSLException failure) {
            throw new AssertionError(failure);
        }
    }

    MemoryTlsPeer begin() throws SSLException {
        engine.beginHandshake();
        return wrap(new byte[0]);
    }

    /** The bytes to send. */
    byte[] take() {
        byte[] bytes = unsent.toByteArray();
        unsent.reset();
        return bytes;
    }

    /** Encrypts; nothing is sent before {@link #take}. */
    MemoryTlsPeer wrap(byte[] data) throws SSLException {
        ByteBuffer source = ByteBuffer.wrap(data);
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        do {
            engine.wrap(source, record);
            unsent.write(record.array(), 0, record.position());
            record.clear();
        } while (source.hasRemaining());
        return this;
    }

    /** Ends the TLS stream. */
    MemoryTlsPeer closeOutput() throws SSLException {
        engine.closeOutbound();
        return wrap(new byte[0]);
    }

    boolean inputEnded() {
        return engine.isInboundDone();
    }

    /** Passes the last message of the handshake, and what follows it, to this instead of the connection. */
    MemoryTlsPeer insteadOfTheLastTurn(Runnable code) {
        lastTurn = code;
        return this;
    }

    /** Sends, and reads the connection's responses, until nothing moves. */
    void exchange() throws SSLException {
        boolean moved = true;
        while (moved) {
            byte[] bytes = take();
            if (bytes.length > 0) {
                transport.receive(bytes);
            }
            Runnable instead = behindFinished == null ? lastTurn : null;
            if (instead != null) {
                lastTurn = null;
                instead.run();
                return;
            }
            transport.completeAll();
            moved = step() || unsent.size() > 0;
        }
    }

    /** The number of bytes that the connection has sent after the end of the TLS stream. */
    String behind() {
        byte[] all = transport.sent.toByteArray();
        return new String(all, seen, all.length - seen, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    private boolean step() throws SSLException {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            engine.getDelegatedTask().run();
            return true;
        }
        if (status == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone()) {
            wrap(new byte[0]);
            if (behindFinished != null && engine.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
                byte[] data = behindFinished;
                behindFinished = null;
                wrap(data);
            }
            return unsent.size() > 0;
        }
        byte[] all = transport.sent.toByteArray();
        if (seen == all.length || engine.isInboundDone()) {
            return false;
        }
        ByteBuffer network = ByteBuffer.wrap(Arrays.copyOfRange(all, seen, all.length));
        ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        SSLEngineResult result = engine.unwrap(network, plain);
        seen += result.bytesConsumed();
        received.write(plain.array(), 0, plain.position());
        return result.bytesConsumed() > 0 || engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK;
    }
}
