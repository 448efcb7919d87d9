// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static io.portcullis.tls.ClientHellos.concat;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.internal.tcnative.SSL;
import io.netty.internal.tcnative.SSLContext;
import io.netty.util.ReferenceCountUtil;
import io.portcullis.tls.spi.TlsEngine;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Empty application data records, which a peer may send (RFC 8446, 5.1; RFC 5246, 6.2.1) but no engine does: they are
 * encrypted here, with the keys that BoringSSL logs as a client.
 */
class EmptyRecordsTest {
    private static final int KEY_LENGTH = 16;

    /** The keys of a client for TLS_AES_128_GCM_SHA256, or the corresponding TLS 1.2 suite. */
    private record Keys(boolean tls13, byte[] key, byte[] salt, long first) {

        static Keys of(ReferenceCountedOpenSslEngine client, Map<String, byte[]> logged)
                throws GeneralSecurityException {
            byte[] secret = logged.get("CLIENT_TRAFFIC_SECRET_0");
            if (secret != null) {
                return new Keys(true, expandLabel(secret, "key", KEY_LENGTH), expandLabel(secret, "iv", 12), 0);
            }
            byte[] master = logged.get("CLIENT_RANDOM");
            assertNotNull(master);
            long ssl = client.sslPointer();
            byte[] block = prf(
                    master,
                    concat(
                            "key expansion".getBytes(StandardCharsets.US_ASCII),
                            SSL.getServerRandom(ssl),
                            SSL.getClientRandom(ssl)));
            // The keys of both sides are followed by their salts; Finished was the client's first record
            return new Keys(
                    false,
                    Arrays.copyOf(block, KEY_LENGTH),
                    Arrays.copyOfRange(block, 2 * KEY_LENGTH, 2 * KEY_LENGTH + 4),
                    1);
        }

        /** RFC 8446, 7.1. */
        private static byte[] expandLabel(byte[] secret, String name, int length) throws GeneralSecurityException {
            byte[] label = ("tls13 " + name).getBytes(StandardCharsets.US_ASCII);
            byte[] info = concat(new byte[] {0, (byte) length, (byte) label.length}, label, new byte[] {0, 1});
            return Arrays.copyOf(hmac(secret, info), length);
        }

        /** RFC 5246, 5. */
        private static byte[] prf(byte[] master, byte[] seed) throws GeneralSecurityException {
            byte[] first = hmac(master, seed);
            return concat(hmac(master, concat(first, seed)), hmac(master, concat(hmac(master, first), seed)));
        }

        private static byte[] hmac(byte[] key, byte[] data) throws GeneralSecurityException {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(data);
        }

        /** Encrypts a record; the number counts from the first application data record. */
        byte[] record(int number, int padding, byte... data) throws GeneralSecurityException {
            long sequence = first + number;
            byte[] counter = ByteBuffer.allocate(Long.BYTES).putLong(sequence).array();
            if (tls13) {
                byte[] nonce = salt.clone();
                for (int i = 0; i < counter.length; i++) {
                    nonce[nonce.length - counter.length + i] ^= counter[i];
                }
                byte[] inner = concat(data, new byte[] {23}, new byte[padding]);
                byte[] header = header(inner.length + 16);
                return concat(header, encrypt(nonce, header, inner));
            }
            byte[] additional = concat(counter, header(data.length));
            byte[] encrypted = encrypt(concat(salt, counter), additional, data);
            return concat(header(counter.length + encrypted.length), counter, encrypted);
        }

        private static byte[] header(int length) {
            return new byte[] {23, 3, 3, (byte) (length >> 8), (byte) length};
        }

        private byte[] encrypt(byte[] nonce, byte[] additional, byte[] data) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
            cipher.updateAAD(additional);
            return cipher.doFinal(data);
        }
    }

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> enginesAndProtocols() {
        return Stream.of("jdk", "boringssl")
                .flatMap(engine -> Stream.of(
                        Arguments.of(engine, "TLSv1.2", 0),
                        Arguments.of(engine, "TLSv1.3", 0),
                        Arguments.of(engine, "TLSv1.3", 100)));
    }

    /** Returns the server's side after it has received an empty record, followed by one with a single byte. */
    private static FilterEnd receive(String engine, String protocol, int padding) throws Exception {
        Map<String, byte[]> logged = new ConcurrentHashMap<>();
        ReferenceCountedOpenSslContext context = (ReferenceCountedOpenSslContext) SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols(protocol)
                .endpointIdentificationAlgorithm(null)
                .trustManager(InsecureTrustManagerFactory.INSTANCE)
                .build();
        // Netty has no method for this, and the pointer that the call needs is private
        Field pointer = ReferenceCountedOpenSslContext.class.getDeclaredField("ctx");
        pointer.setAccessible(true);
        SSLContext.setKeyLogCallback(pointer.getLong(context), (ssl, line) -> {
            String[] fields = new String(line, StandardCharsets.US_ASCII).split(" ");
            logged.put(fields[0], HexFormat.of().parseHex(fields[2]));
        });
        ReferenceCountedOpenSslEngine client =
                (ReferenceCountedOpenSslEngine) context.newEngine(UnpooledByteBufAllocator.DEFAULT);
        TlsEngine driven = TlsEngine.ofNative(client, () -> ReferenceCountUtil.release(client));
        TlsProfile server = Profiles.server(engine, UnaryOperator.identity());
        FilterPair pair = new FilterPair(new TlsFilter(driven, false), server.serverFilter()).handshake();
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertTrue(session.cipherSuite().endsWith("AES_128_GCM_SHA256"), session::toString);
        Keys keys = Keys.of(client, logged);
        pair.toServer.write(concat(keys.record(0, padding), keys.record(1, padding, (byte) 42)));
        while (pair.server.turn()) {}
        ReferenceCountUtil.release(context);
        return pair.server;
    }

    @ParameterizedTest(name = "{0}, {1}, {2} bytes of padding")
    @MethodSource("enginesAndProtocols")
    @DisplayName("empty records are skipped, except by the JDK's engine with TLS 1.3, which fails the stream")
    void emptyRecordsAreSkipped(String engine, String protocol, int padding) throws Exception {
        FilterEnd server = receive(engine, protocol, padding);
        if (engine.equals("jdk") && protocol.equals("TLSv1.3")) {
            server.assertFailed(HandshakeFailure.OTHER);
            assertEquals(0, server.received.size());
        } else {
            assertNull(server.failure);
            assertArrayEquals(new byte[] {42}, server.received.toByteArray());
        }
    }
}
