// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.TestCertificates;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;

/** A client that has read the server's flight, and holds back its own. */
final class HalfHandshake {
    private final SSLEngine engine;
    private final boolean plaintextResponse;

    private final ByteArrayOutputStream response = new ByteArrayOutputStream();

    HalfHandshake(String protocol, Consumer<SSLParameters> settings) {
        engine = TestCertificates.jdkClientContext().createSSLEngine("localhost", 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        settings.accept(parameters);
        engine.setSSLParameters(parameters);
        plaintextResponse = protocol.equals("TLSv1.2");
    }

    /** In TLS 1.3 it has its keys then. */
    void readFlight(DataInputStream in) throws IOException {
        while (engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
                read(record(in.readByte(), in));
            } else if (plaintextResponse) {
                return;
            } else {
                response.writeBytes(wrap());
            }
        }
    }

    /** What it would send after the flight. */
    byte[] response() {
        while (engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP) {
            response.writeBytes(wrap());
        }
        return response.toByteArray();
    }

    byte[] wrap() {
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        try {
            engine.wrap(ByteBuffer.allocate(0), record);
        } catch (SSLException failure) {
            throw new AssertionError(failure);
        }
        return Arrays.copyOf(record.array(), record.position());
    }

    void read(byte[] record) throws SSLException {
        ByteBuffer network = ByteBuffer.wrap(record);
        while (network.hasRemaining()) {
            engine.unwrap(network, ByteBuffer.allocate(engine.getSession().getApplicationBufferSize()));
            while (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
                engine.getDelegatedTask().run();
            }
        }
    }

    /** Whether the server has ended its stream gracefully, by a close_notify. */
    boolean closed() {
        return engine.isInboundDone();
    }

    /** All complete records until the end of the stream, with their headers. */
    static List<byte[]> records(Socket socket) throws IOException {
        List<byte[]> records = new ArrayList<>();
        DataInputStream in = new DataInputStream(socket.getInputStream());
        for (int type = in.read(); type >= 0; type = in.read()) {
            records.add(record(type, in));
        }
        return records;
    }

    private static byte[] record(int type, DataInputStream in) throws IOException {
        byte[] header = {(byte) type, in.readByte(), in.readByte(), in.readByte(), in.readByte()};
        int length = ByteBuffer.wrap(header).getShort(3) & 0xffff;
        byte[] record = Arrays.copyOf(header, header.length + length);
        in.readFully(record, header.length, length);
        return record;
    }
}
