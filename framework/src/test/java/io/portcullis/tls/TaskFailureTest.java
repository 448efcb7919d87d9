// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.records.Alert;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineProvider;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Failures within an engine, outside the two calls that move bytes: in a task, which the JDK's engine up to 17 reports
 * only when it is called again; and in a getter.
 */
class TaskFailureTest {
    /** From a TLS 1.3 client that sends a share of secp256r1. */
    private static byte[] helloWithShare(byte... share) {
        int length = share.length;
        byte[] entry = ClientHellos.concat(new byte[] {0, (byte) (length + 4), 0, 23, 0, (byte) length}, share);
        return ClientHellos.forged(
                ClientHellos.extension(43, HexFormat.of().parseHex("020304")),
                ClientHellos.extension(10, HexFormat.of().parseHex("00020017")),
                ClientHellos.extension(13, HexFormat.of().parseHex("000404030804")),
                ClientHellos.extension(51, entry));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 33, 64, 65})
    @DisplayName("a key share that is not a point on its curve fails the handshake at once, with an alert")
    void aBadShareFailsAtOnce(int length) {
        byte[] share = new byte[length];
        share[0] = (byte) (length == 33 ? 2 : length == 1 ? 0 : 4);
        FilterPair pair = TestEngines.of("TLSv1.3").join();
        pair.toServer.write(helloWithShare(share));
        while (pair.server.turn()) {}
        pair.server.assertFailed(HandshakeFailure.OTHER);
        byte[] sent = new byte[pair.toClient.waiting()];
        pair.toClient.read(ByteBuffer.wrap(sent), sent.length);
        // An invalid point is detected after the ServerHello, when there are keys
        if (length < 65) {
            assertEquals(Alert.LENGTH, sent.length);
            assertEquals(21, sent[0]);
            assertNotEquals(0, sent[6], "a close_notify");
        }
        assertTrue(sent.length > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @NotOn(value = "conscrypt", because = "it is not a named engine, and its key manager is called as the JDK's is")
    @DisplayName("a key manager that throws fails the handshake at once, and the client gets an alert")
    void aKeyManagerThatThrowsFailsAtOnce(String protocol) {
        TlsEngineProvider provider = TlsEngines.named(TestEngine.isOfTheJdk() ? TlsEngines.DEFAULT : TestEngine.NAME);
        FilterPair pair = new FilterPair(
                JdkEngines.of(protocol).clientFilter(),
                new TlsFilter(
                        provider.create(keptBy(new ThrowingKeyManager(), provider, protocol))
                                .server(),
                        true));
        boolean moved = true;
        while (moved && pair.server.failure == null) {
            moved = pair.client.turn();
            moved |= pair.server.turn();
        }
        pair.server.assertFailed();
        pair.run();
        TlsException alert = pair.client.failure;
        assertNotNull(alert);
        assertNotEquals(0, alert.peerAlert().orElseThrow());
    }

    private static TlsEngineConfig keptBy(X509ExtendedKeyManager keys, TlsEngineProvider provider, String protocol) {
        return new TlsEngineConfig(
                List.of(protocol),
                provider.capabilities().cipherSuites(),
                List.of(),
                List.of(),
                ClientAuth.NONE,
                Optional.of(keys),
                List.of(),
                Optional.empty(),
                false,
                1,
                Duration.ofHours(1),
                List.of(),
                true);
    }

    private static final class ThrowingKeyManager extends X509ExtendedKeyManager {
        @Override
        public String chooseEngineServerAlias(String type, Principal @Nullable [] issuers, SSLEngine engine) {
            throw new IllegalStateException("the key store is gone");
        }

        @Override
        public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(String[] types, Principal @Nullable [] issuers, Socket socket) {
            return null;
        }

        @Override
        public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(String type, Principal @Nullable [] issuers, Socket socket) {
            return null;
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return null;
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return null;
        }
    }

    @Test
    @DisplayName("an engine getter that throws because of peer data costs that property only, not the connection")
    void aGetterThatThrowsCostsOnlyItsProperty() {
        ScriptedSslEngine engine = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);
        engine.thrownByGetters = new IllegalArgumentException("scripted");
        TlsSession session = new SslEngineAdapter(engine).session();
        assertEquals(Optional.empty(), session.serverName());
        assertEquals(Optional.empty(), session.applicationProtocol());
        assertEquals(List.of(), session.peerCertificates());
    }
}
