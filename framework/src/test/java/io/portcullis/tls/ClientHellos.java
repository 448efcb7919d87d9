// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** ClientHellos: real ones of the JDK's engine, and forged ones. */
final class ClientHellos {
    static final int SERVER_NAME = 0;
    static final int ALPN = 16;

    private ClientHellos() {}

    /** One record, with a server name and two application protocols. */
    static byte[] captured(String protocol) {
        return capture(JdkEngines.of(protocol)
                .client(parameters -> parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"}))
                .clientEngine());
    }

    static byte[] nameless(String protocol) {
        return capture(JdkEngines.of(protocol)
                .client(parameters -> {
                    parameters.setServerNames(List.of());
                    parameters.setEndpointIdentificationAlgorithm(null);
                })
                .clientEngine("192.0.2.1"));
    }

    /** The same as if the client only supported an older version (3.x), in the hello and in its supported_versions. */
    static byte[] withVersion(int minor, byte[] hello) {
        byte[] older = hello.clone();
        older[10] = (byte) minor;
        byte[] onlyTls12 = {0, 43, 0, 3, 2, 3, 3};
        for (int at = 0; at + onlyTls12.length <= older.length; at++) {
            if (Arrays.mismatch(older, at, at + onlyTls12.length, onlyTls12, 0, onlyTls12.length) < 0) {
                older[at + onlyTls12.length - 1] = (byte) minor;
            }
        }
        return older;
    }

    /** The same with the extension of one type replaced. */
    static byte[] withExtension(byte[] hello, byte... extension) {
        int sessionId = RecordFormat.LENGTH + 4 + 2 + 32;
        int suites = sessionId + 1 + hello[sessionId];
        int compression = suites + 2 + number(hello, suites);
        int all = compression + 1 + hello[compression];
        ByteArrayOutputStream others = new ByteArrayOutputStream();
        for (int at = all + 2; at < hello.length; ) {
            int length = 4 + number(hello, at + 2);
            boolean same = hello[at] == extension[0] && hello[at + 1] == extension[1];
            others.write(same ? extension : hello, same ? 0 : at, same ? extension.length : length);
            at += length;
        }
        byte[] extensions = others.toByteArray();
        return record(message(concat(
                Arrays.copyOfRange(hello, RecordFormat.LENGTH + 4, all),
                new byte[] {(byte) (extensions.length >> 8), (byte) extensions.length},
                extensions)));
    }

    private static int number(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
    }

    private static byte[] capture(SSLEngine engine) {
        try {
            ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.beginHandshake();
            engine.wrap(ByteBuffer.allocate(0), record);
            return Arrays.copyOf(record.array(), record.position());
        } catch (SSLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** The same handshake bytes in records of at most the given size. */
    static byte[] inRecordsOf(int size, byte... oneRecord) {
        byte[] message = Arrays.copyOfRange(oneRecord, RecordFormat.LENGTH, oneRecord.length);
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        for (int from = 0; from < message.length; from += size) {
            int length = Math.min(size, message.length - from);
            records.writeBytes(new byte[] {22, 3, 1, (byte) (length >> 8), (byte) length});
            records.write(message, from, length);
        }
        return records.toByteArray();
    }

    /** A record with a ClientHello that has these extensions. */
    static byte[] forged(byte[]... extensions) {
        return record(message(body(extensions)));
    }

    static byte[] body(byte[]... extensions) {
        return bodyWithSuite(0x1301, extensions);
    }

    /** The body of a hello that offers one cipher suite. */
    static byte[] bodyWithSuite(int suite, byte[]... extensions) {
        return bodyWithSuites(new byte[] {(byte) (suite >> 8), (byte) suite}, extensions);
    }

    /** The body of a hello that offers these cipher suites, two bytes each. */
    static byte[] bodyWithSuites(byte[] suites, byte[]... extensions) {
        byte[] all = concat(extensions);
        return concat(
                new byte[] {3, 3},
                new byte[32],
                new byte[] {0, 0, (byte) suites.length},
                suites,
                new byte[] {1, 0},
                new byte[] {(byte) (all.length >> 8), (byte) all.length},
                all);
    }

    static byte[] message(byte... body) {
        return concat(new byte[] {1, (byte) (body.length >> 16), (byte) (body.length >> 8), (byte) body.length}, body);
    }

    static byte[] record(byte... message) {
        return concat(new byte[] {22, 3, 1, (byte) (message.length >> 8), (byte) message.length}, message);
    }

    static byte[] extension(int type, byte... body) {
        return concat(
                new byte[] {(byte) (type >> 8), (byte) type, (byte) (body.length >> 8), (byte) body.length}, body);
    }

    /** A server name extension with these names. */
    static byte[] serverNames(byte[]... names) {
        ByteArrayOutputStream list = new ByteArrayOutputStream();
        for (byte[] name : names) {
            list.writeBytes(new byte[] {0, (byte) (name.length >> 8), (byte) name.length});
            list.writeBytes(name);
        }
        byte[] bytes = list.toByteArray();
        return extension(SERVER_NAME, concat(new byte[] {(byte) (bytes.length >> 8), (byte) bytes.length}, bytes));
    }

    static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
