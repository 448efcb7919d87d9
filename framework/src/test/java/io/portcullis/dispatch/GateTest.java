// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.FirstBytes;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a gate decides, and when, with a scripted transport and a virtual clock. */
class GateTest extends ScriptedGate {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();
    private static final int FIRST_THAT_LISTENS = 5;
    private static final Duration WINDOW = Duration.ofMillis(200);
    private static final TrustedPeers TRUSTED = TrustedPeers.of("192.0.2.0/24");
    private static final InetSocketAddress CLIENT = new InetSocketAddress("203.0.113.9", 4711);

    /** A gate as an application would write it. */
    private static Gate byTenant(Function<Optional<String>, CompletionStage<TlsProfile>> tenants) {
        return peer -> Decision.byOpening()
                .onHello(hello ->
                        Decision.later(tenants.apply(hello.serverName()).thenApply(Decision::tls)))
                .onPlaintext(Decision.reject("HTTP/1.1 400 Bad Request\r\n\r\n"))
                .onSilence(WINDOW, Decision.speakFirst());
    }

    @Test
    void aDecisionThatTakesLongIsWaitedForWithoutReading() throws Exception {
        CompletableFuture<TlsProfile> tenant = new CompletableFuture<>();
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        start(byTenant(name -> tenant));
        peer.exchange();
        machine.advance(Duration.ofSeconds(9));
        int reads = transport.reads;
        transport.receive("more and more").completeAll();
        assertEquals(reads, transport.reads, "reads continue during an asynchronous decision");
        assertFalse(transport.reading());
        assertEquals(List.of(), handler.events);
        tenant.complete(PROFILE);
        assertTrue(transport.sent.size() > 0, "the handshake does not continue with the hello already received");
    }

    @Test
    void aDecisionThatComesLaterCompletesTheHandshake() throws Exception {
        CompletableFuture<TlsProfile> tenant = new CompletableFuture<>();
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        start(byTenant(name -> tenant));
        peer.exchange();
        tenant.complete(PROFILE);
        peer.exchange();
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
    }

    @Test
    @DisplayName("R7 the handshake deadline applies during an asynchronous decision; a late decision does no harm")
    void theDeadlineAppliesDuringAnAsynchronousDecision() {
        CompletableFuture<Decision> never = new CompletableFuture<>();
        start(peer -> Decision.later(never));
        machine.advance(Duration.ofSeconds(10).minusMillis(1));
        assertNull(handler.reason);
        machine.advance(Duration.ofMillis(1));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
        never.complete(Decision.tls(PROFILE));
        assertEquals(List.of("close HANDSHAKE_TIMEOUT"), handler.events);
    }

    /** A stage may be of any class, and may throw, whether the gate returns it at once or after the first bytes. */
    @Test
    @DisplayName("R4 a stage that cannot be waited for refuses the connection")
    void aStageThatCannotBeWaitedForRefuses() {
        Decision later = Decision.later(new CompletableFuture<>() {
            @Override
            public CompletableFuture<Decision> whenComplete(BiConsumer<? super Decision, ? super Throwable> action) {
                throw new UnsupportedOperationException("on purpose");
            }
        });
        for (Decision decision : List.of(later, Decision.byOpening().onPlaintext(later))) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new RecordingHandler();
            transport.receive("x").receiveEnd();
            start(peer -> decision);
            transport.completeAll();
            refusal(HandshakeFailure.UNDECIDED);
        }
    }

    @Test
    @DisplayName("R4 a result that is not a decision refuses the connection")
    void aResultThatIsNoDecisionRefuses() {
        List<Gate> gates = List.of(
                GateTest::nothing,
                peer -> {
                    throw new IllegalStateException("from the gate");
                },
                peer -> {
                    throw new StackOverflowError();
                },
                peer -> Decision.later(CompletableFuture.completedFuture(null)),
                peer -> Decision.later(CompletableFuture.failedFuture(new IllegalStateException("from the database"))),
                peer -> Decision.byOpening().onHello(hello -> nothing()),
                peer -> Decision.byOpening().onHello(hello -> {
                    throw new IllegalStateException("from the chooser");
                }),
                peer -> Decision.byOpening().onTls(new Decision.Tls(TestCertificates.clientProfile())),
                GateTest::circle);
        for (Gate gate : gates) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new RecordingHandler();
            transport.receive(MemoryTlsPeer.hello("TLSv1.2")).receiveEnd();
            start(gate);
            transport.completeAll();
            refusal(HandshakeFailure.UNDECIDED);
            assertEquals(List.of("close HANDSHAKE_FAILED"), handler.events);
            byte[] sent = transport.sent.toByteArray();
            boolean alerted = gates.indexOf(gate) >= FIRST_THAT_LISTENS;
            assertEquals(alerted ? 7 : 0, sent.length, "an alert for those that have sent bytes");
            assertEquals(alerted ? 80 : 0, alerted ? sent[6] : 0, "internal_error");
        }
    }

    @SuppressWarnings("NullAway") // the result of a careless gate
    private static Decision nothing() {
        return null;
    }

    private static Decision nothing(Peer peer) {
        return nothing();
    }

    private static Decision circle(Peer peer) {
        return Decision.byOpening().onHello(hello -> circle(peer));
    }

    @Test
    void silenceLetsTheServerSpeakFirst() {
        handler.onOpen = connection -> connection.write(java.nio.ByteBuffer.wrap("+OK".getBytes(ISO_8859_1)));
        start(Gate.detect(PROFILE, WINDOW));
        machine.advance(WINDOW.minusMillis(1));
        assertEquals(List.of(), handler.events);
        machine.advance(Duration.ofMillis(1));
        assertEquals("+OK", transport.sentText());
        transport.receive("x").completeAll();
        assertEquals(List.of("open", "data"), handler.events);
    }

    @Test
    void aByteWithinTheWindowIsNoSilence() throws Exception {
        start(Gate.detect(PROFILE, WINDOW));
        machine.advance(WINDOW.minusMillis(1));
        transport.receive(new byte[] {0x16}).completeAll();
        machine.advance(Duration.ofSeconds(5));
        assertEquals(List.of(), handler.events, "an incomplete opening is awaited until the deadline");
        machine.advance(Duration.ofSeconds(5));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
    }

    @Test
    void silenceDoesNotDisturbADecisionThatHasBeenMade() throws Exception {
        start(Gate.detect(PROFILE, WINDOW));
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        transport.receive(peer.take()).completeAll();
        machine.advance(Duration.ofSeconds(1));
        peer.exchange();
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R5 a hello leads to the same decision wherever it is cut")
    void decidesTheSameWhereverAHelloIsCut(String protocol) {
        byte[] hello = MemoryTlsPeer.hello(protocol);
        for (int cut = 0; cut < hello.length; cut++) {
            List<String> names = new ArrayList<>();
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new RecordingHandler();
            start(peer -> Decision.byOpening().onHello(parsed -> {
                names.add(parsed.serverName().orElse("none"));
                return Decision.plain();
            }));
            transport.receive(java.util.Arrays.copyOf(hello, cut)).completeAll();
            assertEquals(List.of(), names);
            transport
                    .receive(java.util.Arrays.copyOfRange(hello, cut, hello.length))
                    .completeAll();
            assertEquals(List.of("localhost"), names);
            assertEquals(new String(hello, ISO_8859_1), handler.receivedText(), "from the first byte on");
            handler.connection().abort();
            transport.completeAll();
        }
    }

    @ParameterizedTest
    @EnumSource(FirstBytes.class)
    @DisplayName("R1 the kind of a plaintext opening is the same wherever it is cut")
    void detectsTheKindOfAnOpeningWhereverItIsCut(FirstBytes kind) {
        String opening = switch (kind) {
            case HTTP -> "POST / HTTP/1.1\r\n";
            case PROXY_HEADER -> "\r\n\r\n\0\r\nQUIT\n!\u0011";
            case SSL2_HELLO -> "\u0080.\u0001\u0003\u0001";
            case TLS_RECORD -> "\u0015\u0003\u0003\0\u0002\u0002(";
            case OTHER -> "PRIVMSG #a";
        };
        for (int cut = 0; cut < opening.length(); cut++) {
            List<FirstBytes> kinds = new ArrayList<>();
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new RecordingHandler();
            start(peer -> Decision.byOpening().onPlaintext(found -> {
                kinds.add(found);
                return Decision.plain();
            }));
            transport.receive(opening.substring(0, cut)).completeAll();
            transport.receive(opening.substring(cut)).completeAll();
            assertEquals(List.of(kind), kinds, "cut at " + cut);
            assertEquals(opening, handler.receivedText());
            handler.connection().abort();
            transport.completeAll();
        }
    }

    @Test
    @DisplayName("R2 a gate that requires TLS answers plaintext in plaintext, and passes TLS to the gate behind it")
    void requiresTls() throws Exception {
        String redirect = "HTTP/1.1 301 Moved Permanently\r\n\r\n";
        AtomicInteger asked = new AtomicInteger();
        Gate gate = Gate.requireTls(
                peer -> {
                    asked.incrementAndGet();
                    return Gate.bySni(Map.of("localhost", PROFILE), null).decide(peer);
                },
                redirect);
        transport.receive("GET / HTTP/1.1\r\n").receiveEnd();
        start(gate);
        transport.completeAll();
        assertEquals(redirect, transport.sentText());
        refusal(HandshakeFailure.PLAIN_HTTP);
        transport = new ScriptedTransport(ScriptedTransport.EAGER);
        handler = RecordingHandler.echo();
        start(gate);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.2").begin();
        peer.exchange();
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
        assertEquals(2, asked.get());
    }

    @Test
    void rejectsASilentPeerWithoutAResponse() {
        transport.receiveEnd();
        start(peer -> Decision.reject());
        transport.completeAll();
        assertEquals("", transport.sentText());
        refusal(HandshakeFailure.REFUSED);
    }

    @Test
    void rejectsASilentPeerWithAResponse() {
        transport.receiveEnd();
        start(peer -> Decision.reject("554 not today\r\n"));
        transport.completeAll();
        assertEquals("554 not today\r\n", transport.sentText());
    }

    @Test
    void gatesAreValuesThatATestCanCall() {
        Peer peer = new Peer(CLIENT, VirtualMachine.LOCAL, Optional.empty());
        assertEquals(Decision.plain(), Gate.plain().decide(peer));
        assertEquals(Decision.tls(PROFILE), Gate.tls(PROFILE).decide(peer));
        assertEquals(
                List.of(PROFILE),
                List.copyOf(Gate.proxyProtocol(TRUSTED, Gate.detect(PROFILE)).profiles()));
        assertEquals(
                List.of(PROFILE),
                List.copyOf(Gate.requireTls(Gate.tls(PROFILE), "no").profiles()));
        Gate detect = Gate.detect(PROFILE);
        assertSame(detect.decide(peer), detect.decide(peer));
        start(detect);
    }
}
