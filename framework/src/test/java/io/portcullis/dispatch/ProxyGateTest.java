// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.portcullis.CloseReason;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.proxy.ProxyException;
import io.portcullis.proxy.ProxyFailure;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A PROXY header in front of a connection, with a scripted transport and a virtual clock. */
class ProxyGateTest extends ScriptedGate {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();
    private static final TrustedPeers TRUSTED = TrustedPeers.of("192.0.2.0/24");
    private static final InetSocketAddress CLIENT = new InetSocketAddress("203.0.113.9", 4711);
    private static final ProxyHeader HEADER = ProxyHeader.of(CLIENT, VirtualMachine.LOCAL);

    @ParameterizedTest
    @EnumSource(ProxyVersion.class)
    @DisplayName("R11 a header and a ClientHello, cut anywhere: nothing is lost, and the header supplies the client's "
            + "address")
    void readsTheHelloAfterAHeader(ProxyVersion version) throws Exception {
        byte[] header = HEADER.encode(version).array();
        List<Peer> asked = new ArrayList<>();
        Gate gate = Gate.proxyProtocol(TRUSTED, peer -> {
            asked.add(peer);
            return Decision.tls(PROFILE);
        });
        for (int cut = 0; cut < header.length + 8; cut++) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = RecordingHandler.echo();
            MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
            ByteArrayOutputStream opening = new ByteArrayOutputStream();
            opening.writeBytes(header);
            opening.writeBytes(peer.take());
            byte[] bytes = opening.toByteArray();
            start(gate);
            transport.receive(java.util.Arrays.copyOf(bytes, cut)).completeAll();
            transport.receive(java.util.Arrays.copyOfRange(bytes, cut, bytes.length));
            peer.exchange();
            peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
            assertEquals("hello", peer.received.toString(ISO_8859_1));
            assertEquals(CLIENT, handler.connection().remoteAddress());
            assertEquals(Optional.of(VirtualMachine.PEER), handler.connection().proxyAddress());
            assertEquals(Optional.of(HEADER), handler.connection().proxyHeader());
            assertEquals(CLIENT, asked.get(cut).address());
            handler.connection().abort();
            transport.completeAll();
        }
    }

    @Test
    @DisplayName("R11 LOCAL and UNKNOWN leave the connection with its own addresses")
    void headersWithoutAddressesKeepTheConnectionsAddresses() {
        for (ProxyHeader header : List.of(ProxyHeader.ofLocal(), ProxyHeader.unknown())) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new RecordingHandler();
            transport.receive(header.encode(ProxyVersion.V2).array()).receive("x");
            start(Gate.proxyProtocol(TRUSTED, Gate.plain()));
            transport.completeAll();
            assertEquals("x", handler.receivedText());
            assertEquals(VirtualMachine.PEER, handler.connection().remoteAddress());
            handler.connection().abort();
            transport.completeAll();
        }
    }

    @Test
    @DisplayName("R11 an untrusted peer is refused before a byte is read, with a header or without")
    void refusesUntrustedPeers() {
        Gate gate = Gate.proxyProtocol(TrustedPeers.of("10.0.0.0/8"), Gate.plain());
        transport.receive(HEADER.encode(ProxyVersion.V2).array()).receiveEnd();
        start(gate);
        transport.completeAll();
        assertEquals(
                ProxyFailure.UNTRUSTED,
                assertInstanceOf(
                                ProxyException.class,
                                refusal(HandshakeFailure.PROXY_REFUSED).getCause())
                        .failure());
        assertEquals("", transport.sentText());
    }

    @Test
    @DisplayName("R11 a header that arrives byte by byte is cut at the deadline, which does not move")
    void cutsAHeaderThatDrips() {
        byte[] header = HEADER.encode(ProxyVersion.V2).array();
        start(Gate.proxyProtocol(TRUSTED, Gate.plain()));
        for (int second = 0; second < 10; second++) {
            assertNull(handler.reason);
            transport.receive(new byte[] {header[second]}).completeAll();
            machine.advance(Duration.ofSeconds(1));
        }
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
    }
}
