// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** A TLS client by hand over a blocking socket: it decides which records go into which segment. */
final class TlsPeer {
    private static final SSLContext CONTEXT = TestCertificates.jdkClientContext();

    private final Socket socket;
    private final SSLEngine engine;
    private final ByteArrayOutputStream unsent = new ByteArrayOutputStream();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private ByteBuffer network = ByteBuffer.allocate(1 << 16).limit(0);

    TlsPeer(Socket socket, String protocol) throws IOException {
        this.socket = socket;
        engine = CONTEXT.createSSLEngine("localhost", socket.getPort());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        engine.setSSLParameters(parameters);
        handshake();
    }

    private void handshake() throws IOException {
        engine.beginHandshake();
        while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            step();
        }
        flush();
    }

    private void step() throws IOException {
        switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> wrap(ByteBuffer.allocate(0));
            case NEED_TASK -> engine.getDelegatedTask().run();
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN, FINISHED, NOT_HANDSHAKING -> {
                flush();
                unwrap();
            }
        }
    }

    /** Encrypts; nothing is sent before {@link #flush()}. */
    TlsPeer wrap(ByteBuffer data) throws IOException {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        do {
            engine.wrap(data, record);
            unsent.write(record.array(), 0, record.position());
            record.clear();
        } while (data.hasRemaining());
        return this;
    }

    /** Appends our close_notify; nothing is sent before {@link #flush()}. */
    TlsPeer closeOutput() throws IOException {
        engine.closeOutbound();
        return wrap(ByteBuffer.allocate(0));
    }

    /** Sends everything encrypted so far in one segment, as far as the network allows. */
    TlsPeer flush() throws IOException {
        socket.getOutputStream().write(unsent.toByteArray());
        unsent.reset();
        return this;
    }

    /** Decrypts until the peer's close_notify; its absence causes an SSLException, as does an alert. */
    byte[] readToEnd() throws IOException {
        while (!engine.isInboundDone()) {
            unwrap();
        }
        return received.toByteArray();
    }

    /** Decrypts until the given number of bytes in total. */
    byte[] read(int count) throws IOException {
        while (received.size() < count) {
            unwrap();
        }
        return received.toByteArray();
    }

    private void unwrap() throws IOException {
        ByteBuffer plain = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        SSLEngineResult result = engine.unwrap(network, plain);
        received.write(plain.array(), 0, plain.position());
        if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
            network.compact();
            InputStream in = socket.getInputStream();
            int count = in.read(network.array(), network.position(), network.remaining());
            if (count < 0) {
                throw new SSLException("the stream ended without a close_notify");
            }
            network.position(network.position() + count).flip();
        }
    }
}
