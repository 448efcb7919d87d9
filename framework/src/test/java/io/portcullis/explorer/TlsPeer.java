// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import io.portcullis.tls.TestCertificates;
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

/** Uses TLS, with the JDK's engine. */
final class TlsPeer extends Peer {
    private static final SSLContext CONTEXT = TestCertificates.jdkClientContext();

    private final SSLEngine engine;
    private final ByteBuffer record;
    private final ByteBuffer plain;
    private boolean secured;

    TlsPeer(String protocol) {
        // Without an address it resumes no session of another program
        engine = CONTEXT.createSSLEngine();
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        engine.setSSLParameters(parameters);
        record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        ping();
    }

    @Override
    boolean ready() {
        return secured && !alarmed && !engine.isOutboundDone();
    }

    @Override
    boolean ended() {
        return engine.isOutboundDone();
    }

    @Override
    void say(byte[] data) {
        wrap(data);
    }

    @Override
    boolean end() {
        if (secured) {
            engine.closeOutbound();
            drive();
        }
        return secured;
    }

    /** The first handshake, or with TLS 1.3 a key update. */
    @Override
    void ping() {
        if (!engine.isOutboundDone()) {
            try {
                engine.beginHandshake();
                drive();
            } catch (SSLException failure) {
                alarmed = true;
            }
        }
    }

    private void wrap(byte[] data) {
        ByteBuffer source = ByteBuffer.wrap(data);
        try {
            do {
                record.clear();
                SSLEngineResult result = engine.wrap(source, record);
                send(Arrays.copyOf(record.array(), record.position()));
                if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
                    return;
                }
            } while (source.hasRemaining());
        } catch (SSLException failure) {
            alarmed = true;
        }
    }

    @Override
    int understand(byte[] received) {
        ByteBuffer network = ByteBuffer.wrap(received);
        try {
            drive();
            boolean moved = true;
            while (moved && network.hasRemaining() && !engine.isInboundDone()) {
                plain.clear();
                SSLEngineResult result = engine.unwrap(network, plain);
                understood.write(plain.array(), 0, plain.position());
                moved = result.bytesConsumed() > 0;
                drive();
            }
        } catch (SSLException failure) {
            alarmed = true;
            return received.length;
        }
        receivedEnd |= engine.isInboundDone() && !alarmed;
        return network.position();
    }

    /** Does what the engine requests. */
    private void drive() {
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status == HandshakeStatus.NEED_TASK
                || (status == HandshakeStatus.NEED_WRAP && !engine.isOutboundDone())) {
            if (status == HandshakeStatus.NEED_TASK) {
                engine.getDelegatedTask().run();
            } else {
                wrap(new byte[0]);
            }
            status = engine.getHandshakeStatus();
        }
        secured |= status == HandshakeStatus.NOT_HANDSHAKING && !engine.isInboundDone();
    }
}
