// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * A client that drives an {@link SSLEngine} by hand over a raw socket, so that it controls which records are sent in
 * one write.
 */
final class EngineClient implements AutoCloseable {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int READ_MILLIS = 30_000;
    private static final int RECORD_OVERHEAD = 1_024;

    private final Socket socket = new Socket();
    private final SSLEngine engine;
    private final ByteBuffer fromNetwork;
    private final ByteBuffer application;

    /** Connects and performs the handshake with one protocol version. */
    EngineClient(InetSocketAddress address, String protocol) throws IOException {
        engine = Wire.trustingAll().createSSLEngine("localhost", address.getPort());
        engine.setUseClientMode(true);
        engine.setEnabledProtocols(new String[] {protocol});
        fromNetwork =
                ByteBuffer.allocate(engine.getSession().getPacketBufferSize()).limit(0);
        application = ByteBuffer.allocate(engine.getSession().getApplicationBufferSize());
        socket.connect(address, READ_MILLIS);
        socket.setSoTimeout(READ_MILLIS);
        handshake();
    }

    /** Returns the client's first ClientHello. */
    static byte[] clientHello() throws SSLException {
        SSLEngine engine = Wire.trustingAll().createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.beginHandshake();
        engine.wrap(NOTHING, hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }

    /**
     * Sends data and close_notify in one write, and reads until the server's close_notify.
     *
     * @return everything received after the handshake
     */
    byte[] sendWithCloseNotify(byte[] data) throws Exception {
        ByteBuffer plain = ByteBuffer.wrap(data);
        ByteBuffer records = ByteBuffer.allocate(
                data.length + data.length / 8 + 2 * engine.getSession().getPacketBufferSize() + RECORD_OVERHEAD);
        while (plain.hasRemaining()) {
            engine.wrap(plain, records);
        }
        engine.closeOutbound();
        engine.wrap(NOTHING, records);
        CompletableFuture<Void> written = CompletableFuture.runAsync(() -> writeUnchecked(records));
        byte[] response = readToCloseNotify();
        written.get(READ_MILLIS, TimeUnit.MILLISECONDS);
        return response;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private byte[] readToCloseNotify() throws IOException {
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        while (true) {
            SSLEngineResult result = engine.unwrap(fromNetwork, application.clear());
            response.write(application.array(), 0, application.position());
            switch (result.getStatus()) {
                case CLOSED -> {
                    return response.toByteArray();
                }
                case BUFFER_UNDERFLOW -> read();
                case BUFFER_OVERFLOW -> throw new AssertionError(result);
                case OK -> runTasks();
            }
        }
    }

    private void handshake() throws IOException {
        engine.beginHandshake();
        ByteBuffer out = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        HandshakeStatus status = engine.getHandshakeStatus();
        while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
            switch (status) {
                case NEED_WRAP -> {
                    status = engine.wrap(NOTHING, out.clear()).getHandshakeStatus();
                    write(out);
                }
                case NEED_TASK -> {
                    runTasks();
                    status = engine.getHandshakeStatus();
                }
                case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
                    SSLEngineResult result = engine.unwrap(fromNetwork, application.clear());
                    status = result.getHandshakeStatus();
                    if (result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW) {
                        read();
                    }
                }
                case FINISHED, NOT_HANDSHAKING -> throw new AssertionError(status);
            }
        }
    }

    private void runTasks() {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }

    private void read() throws IOException {
        fromNetwork.compact();
        int count = socket.getInputStream().read(fromNetwork.array(), fromNetwork.position(), fromNetwork.remaining());
        if (count < 0) {
            throw new EOFException("the stream ended without close_notify");
        }
        fromNetwork.position(fromNetwork.position() + count).flip();
    }

    private void write(ByteBuffer records) throws IOException {
        byte[] bytes = new byte[records.flip().remaining()];
        records.get(bytes);
        socket.getOutputStream().write(bytes);
    }

    private void writeUnchecked(ByteBuffer records) {
        try {
            write(records);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
