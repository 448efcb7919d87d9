// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * An engine that returns scripted results in order, and the last one again and again. Counts how often in a row it was
 * called without moving a byte.
 */
final class ScriptedSslEngine extends SSLEngine {
    static final int PACKET_SIZE = 100;
    static final int APPLICATION_SIZE = 80;

    /**
     * One result.
     *
     * @param status of the call
     * @param handshake after the call
     * @param bytes the maximum number of bytes consumed, and produced
     * @param thrown instead of a result
     * @param growth is first added to both buffer sizes
     */
    record Result(
            Status status,
            HandshakeStatus handshake,
            int bytes,
            @Nullable Exception thrown,
            int growth) {}

    final Queue<Result> results = new ArrayDeque<>();
    int calls;
    int idleCalls;
    int mostIdleCalls;
    int tasks;
    private HandshakeStatus handshake;
    private int growth;
    private boolean inboundDone;
    private boolean outboundDone;

    /**
     * Whether its status CLOSED may refer to the other direction, as that of Netty's engine and of Conscrypt's does.
     */
    boolean ambiguousClosed;

    /** The exception of getters that depend on the peer. */
    @Nullable
    RuntimeException thrownByGetters;

    ScriptedSslEngine(HandshakeStatus handshake) {
        this.handshake = handshake;
    }

    ScriptedSslEngine returns(Status status, HandshakeStatus after, int bytes) {
        results.add(new Result(status, after, bytes, null, 0));
        return this;
    }

    ScriptedSslEngine throwsOnce(Exception thrown) {
        results.add(new Result(Status.OK, handshake, 0, thrown, 0));
        return this;
    }

    ScriptedSslEngine grows(int by) {
        results.add(new Result(Status.BUFFER_OVERFLOW, handshake, 0, null, by));
        return this;
    }

    /** The failure was delivered: from here on the count starts again. */
    void forgetIdleCalls() {
        idleCalls = 0;
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] sources, int offset, int length, ByteBuffer target) throws SSLException {
        SSLEngineResult result = next(length == 0 ? ByteBuffer.allocate(0) : sources[offset], target);
        outboundDone |= result.getStatus() == Status.CLOSED && !ambiguousClosed;
        return result;
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer source, ByteBuffer[] targets, int offset, int length) throws SSLException {
        SSLEngineResult result = next(source, targets[offset]);
        inboundDone |= result.getStatus() == Status.CLOSED && !ambiguousClosed;
        return result;
    }

    private SSLEngineResult next(ByteBuffer source, ByteBuffer target) throws SSLException {
        calls++;
        Result result = results.size() > 1 ? results.remove() : results.element();
        growth += result.growth();
        if (result.thrown() instanceof SSLException failure) {
            throw failure;
        }
        if (result.thrown() instanceof RuntimeException failure) {
            throw failure;
        }
        handshake = result.handshake();
        int consumed = Math.min(result.bytes(), source.remaining());
        int produced = Math.min(result.bytes(), target.remaining());
        source.position(source.position() + consumed);
        target.position(target.position() + produced);
        idleCalls = consumed + produced > 0 ? 0 : idleCalls + 1;
        mostIdleCalls = Math.max(mostIdleCalls, idleCalls);
        return new SSLEngineResult(result.status(), handshake, consumed, produced);
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
        if (tasks == 0) {
            return null;
        }
        tasks--;
        return () -> {};
    }

    @Override
    public SSLSession getSession() {
        return new ScriptedSession(PACKET_SIZE + growth, APPLICATION_SIZE + growth, thrownByGetters);
    }

    @Override
    public String getApplicationProtocol() {
        throw thrownByGetters != null ? thrownByGetters : new UnsupportedOperationException();
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        // FINISHED is a result, never a state.
        return handshake == HandshakeStatus.FINISHED ? HandshakeStatus.NOT_HANDSHAKING : handshake;
    }

    @Override
    public void closeInbound() {}

    @Override
    public boolean isInboundDone() {
        return inboundDone;
    }

    @Override
    public void closeOutbound() {
        outboundDone = true;
    }

    @Override
    public boolean isOutboundDone() {
        return outboundDone;
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return new String[0];
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return new String[0];
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {}

    @Override
    public String[] getSupportedProtocols() {
        return new String[0];
    }

    @Override
    public String[] getEnabledProtocols() {
        return new String[0];
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {}

    @Override
    public void beginHandshake() {}

    @Override
    public void setUseClientMode(boolean mode) {}

    @Override
    public boolean getUseClientMode() {
        return true;
    }

    @Override
    public void setNeedClientAuth(boolean need) {}

    @Override
    public boolean getNeedClientAuth() {
        return false;
    }

    @Override
    public void setWantClientAuth(boolean want) {}

    @Override
    public boolean getWantClientAuth() {
        return false;
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {}

    @Override
    public boolean getEnableSessionCreation() {
        return true;
    }
}
