// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The features of the engine boringssl beyond the JDK's, and the errors for features that an engine does not support.
 */
class BoringSslTest {
    private static final String ENGINE = "boringssl";
    private static final String HYBRID = "X25519MLKEM768";
    private static final int HYBRID_NUMBER = 0x11ec;
    private static final byte[] OLD_KEY = Profiles.bytes(48, 1);
    private static final byte[] NEW_KEY = Profiles.bytes(48, 2);

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void resumesWithAnotherServerThatHasTheSameTicketKeys(String protocol) throws Exception {
        UnaryOperator<TlsProfileBuilder> shared = settings -> settings.ticketKeys(OLD_KEY);
        // As a client, Netty's engine does not request TLS 1.2 tickets
        TlsProfile client =
                Profiles.client(protocol.equals("TLSv1.2") ? "jdk" : ENGINE, settings -> settings.protocols(protocol));

        assertTrue(Profiles.resumes(client, Profiles.server(ENGINE, shared), Profiles.server(ENGINE, shared)));
    }

    @Test
    void doesNotResumeWithAnotherServerThatHasItsOwnKeys() throws Exception {
        TlsProfile client = Profiles.client(ENGINE, UnaryOperator.identity());
        TlsProfile one = Profiles.server(ENGINE, settings -> settings.ticketKeys(OLD_KEY));
        TlsProfile other = Profiles.server(ENGINE, settings -> settings.ticketKeys(NEW_KEY));

        assertFalse(Profiles.resumes(client, one, other));
    }

    @Test
    void doesNotResumeWithAServerThatRequiresMoreOfItsClients() throws Exception {
        TlsProfile client = Profiles.client(ENGINE, UnaryOperator.identity());
        TlsProfile open = Profiles.server(ENGINE, settings -> settings.ticketKeys(OLD_KEY));
        TlsProfile strict = Profiles.server(
                ENGINE,
                settings -> settings.ticketKeys(OLD_KEY)
                        .trust(TestCertificates.authority().certificate())
                        .clientAuth(ClientAuth.WANT));

        assertFalse(Profiles.resumes(client, open, strict));
    }

    @Test
    void acceptsOldTicketsAsLongAsTheirKeyIsConfigured() throws Exception {
        TlsProfile server = Profiles.server(ENGINE, settings -> settings.ticketKeys(OLD_KEY));
        TlsProfile client = Profiles.client(ENGINE, UnaryOperator.identity());
        long full = Profiles.handshakeBytes(client, server);

        server.rotateTicketKeys(NEW_KEY, OLD_KEY);
        assertTrue(Profiles.handshakeBytes(client, server) < full - 300);

        server.rotateTicketKeys(Profiles.bytes(48, 3));
        assertTrue(Profiles.handshakeBytes(client, server) > full - 100);
    }

    @Test
    void agreesOnAHybridGroup() {
        UnaryOperator<TlsProfileBuilder> hybridOnly = settings -> settings.groups(HYBRID.toLowerCase(Locale.ROOT));
        TlsProfile server = Profiles.server(ENGINE, hybridOnly);

        FilterPair pair =
                Profiles.join(Profiles.client(ENGINE, hybridOnly), server).handshake();
        FilterPair classical = Profiles.join(Profiles.client(ENGINE, settings -> settings.groups("x25519")), server)
                .run();

        assertEquals(1, pair.server.secured);
        classical.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.NO_COMMON_GROUP);
        assertTrue(server.engine().postQuantum());
    }

    @Test
    void offersTheHybridGroupByDefault() throws Exception {
        assertTrue(hello(Profiles.client(ENGINE, UnaryOperator.identity()))
                .groups()
                .contains(HYBRID_NUMBER));
        assertEquals(
                List.of(23, 29),
                hello(Profiles.client(ENGINE, settings -> settings.groups("secp256r1", "x25519")))
                        .groups());
    }

    private static ClientHello hello(TlsProfile client) throws Exception {
        TlsEngine engine = client.clientEngine("localhost", 443);
        ByteBuffer flight = ByteBuffer.allocateDirect(1 << 15);
        engine.wrap(ByteBuffer.allocate(0), flight);
        engine.free();
        ClientHello hello = new ClientHelloReader().read(flight.flip());
        assertNotNull(hello);
        return hello;
    }

    @Test
    void isTheBestUnlessItDoesNotSupportTheProfile() {
        TestCertificate ed25519 = TestCertificates.ed25519();
        TlsProfileBuilder best = TlsProfile.builder().bestEngine();

        assertEquals(ENGINE, best.build().engine().name());
        assertEquals(
                "jdk",
                best.certificate(ed25519.key(), ed25519.certificate())
                        .build()
                        .engine()
                        .name());
        assertEquals("jdk", TlsProfile.trustingSystem().engine().name());
    }

    @Test
    void isListedBeforeTheJdksEngine() {
        List<TlsCapabilities> engines = TlsEngines.list();

        assertEquals(
                List.of(ENGINE, "jdk"),
                engines.stream().map(TlsCapabilities::name).toList());
        assertTrue(engines.get(0).toString().contains("post-quantum yes"), engines.get(0)::toString);
        assertTrue(engines.get(0).has(TlsFeature.SHARED_TICKET_KEYS));
        assertFalse(engines.get(1).has(TlsFeature.SHARED_TICKET_KEYS));
    }

    @Test
    void reportsUnsupportedFeatures() {
        TestCertificate ed25519 = TestCertificates.ed25519();
        refuses(
                settings -> settings.certificate(ed25519.key(), ed25519.certificate()),
                "EdDSA",
                "the engine 'jdk' can");
        refuses(settings -> settings.cipherSuites(List.of("TLS_AES_128_GCM_SHA256")), "add TLS_AES_256_GCM_SHA384");
        refuses(settings -> settings.groups("x448"), "has no group 'x448'", "x25519");
        refuses(settings -> settings.sslContext(TestCertificates.jdkClientContext()), "brings its own engine");
    }

    private static void refuses(UnaryOperator<TlsProfileBuilder> settings, String... expected) {
        TlsProfileBuilder builder = settings.apply(TlsProfile.builder().engine(ENGINE));
        String help = String.valueOf(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
        for (String part : expected) {
            assertTrue(help.contains(part), help);
        }
    }
}
