// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** An engine that returns scripted results in order; after the last one it stays idle. */
final class ScriptedTlsEngine implements TlsEngine {
    static final int PACKET_SIZE = 100;
    static final int PLAINTEXT_SIZE = 80;

    /**
     * One result.
     *
     * @param status of the call
     * @param consumed the maximum number of bytes consumed
     * @param produced the number of bytes produced
     * @param output whether more of the engine's own output waits after it
     * @param complete whether the handshake is complete after it
     */
    record Result(Status status, int consumed, int produced, boolean output, boolean complete) {}

    final Queue<Result> results = new ArrayDeque<>();
    int calls;
    int freed;
    boolean output;
    boolean complete;
    boolean inboundClosed;
    boolean outboundClosed;
    int failedBy = -1;
    boolean alerts;

    @Nullable
    Runnable task;

    String protocol = "TLSv1.3";
    String suite = "TLS_AES_128_GCM_SHA256";

    /** An engine whose handshake is over. */
    static ScriptedTlsEngine secured() {
        ScriptedTlsEngine engine = new ScriptedTlsEngine();
        engine.complete = true;
        return engine;
    }

    ScriptedTlsEngine returns(Status status, int consumed, int produced) {
        results.add(new Result(status, consumed, produced, false, complete));
        return this;
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) {
        return next(ciphertext, plaintext);
    }

    @Override
    public Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) {
        return next(plaintext, ciphertext);
    }

    private Status next(ByteBuffer source, ByteBuffer target) {
        calls++;
        Result result = results.poll();
        if (result == null) {
            return outboundClosed ? Status.CLOSED : Status.OK;
        }
        source.position(source.position() + Math.min(result.consumed(), source.remaining()));
        target.put(new byte[result.produced()]);
        output = result.output();
        complete = result.complete();
        return result.status();
    }

    @Override
    public boolean hasPendingOutput() {
        return output;
    }

    @Override
    public boolean hasPendingInput() {
        return false;
    }

    @Override
    public boolean handshakeComplete() {
        return complete;
    }

    @Override
    public @Nullable Runnable task() {
        Runnable next = task;
        task = null;
        return next;
    }

    @Override
    public void closeOutbound() {
        outboundClosed = true;
    }

    @Override
    public void fail(int alert) {
        failedBy = alert;
        output = alerts;
    }

    @Override
    public boolean inboundClosed() {
        return inboundClosed;
    }

    @Override
    public TlsSession session() {
        return new TlsSession(protocol, suite, Optional.empty(), false, Optional.empty(), Optional.empty(), List.of());
    }

    @Override
    public int packetSize() {
        return PACKET_SIZE;
    }

    @Override
    public int plaintextSize() {
        return PLAINTEXT_SIZE;
    }

    @Override
    public void free() {
        freed++;
    }
}
