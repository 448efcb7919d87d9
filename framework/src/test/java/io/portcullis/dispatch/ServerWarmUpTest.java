// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.net.BindException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServerWarmUpTest {
    private static final byte[] BYTES = {1, 2, 3};
    private static final Duration LONG = Duration.ofMinutes(10);

    private static ConnectionHandler echo() {
        return (connection, data) -> connection.write(data);
    }

    @Test
    void aServerThatWarmsUpServesAsAnyOther() throws Exception {
        Gate gate = Gate.detect(TestCertificates.serverProfile());
        try (Rig rig = new Rig(gate, ServerWarmUpTest::echo, builder -> builder.warmUp(4, LONG));
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            assertArrayEquals(BYTES, peer.wrap(ByteBuffer.wrap(BYTES)).flush().read(BYTES.length));
        }
    }

    @Test
    void theNumberAndTheTimeBoundItAlike() throws Exception {
        Gate gate = Gate.tls(TestCertificates.serverProfile());
        new Rig(gate, ServerWarmUpTest::echo, builder -> builder.warmUp(1, LONG)).close();
        new Rig(gate, ServerWarmUpTest::echo, builder -> builder.warmUp(Integer.MAX_VALUE, Duration.ofNanos(1)))
                .close();
    }

    @Test
    void aPlainServerHasNothingToWarmUp() throws Exception {
        new Rig(Gate.plain(), ServerWarmUpTest::echo, builder -> builder.warmUp(LONG)).close();
    }

    @Test
    void anInterruptEndsItAndNotTheStart() throws Exception {
        Gate gate = Gate.tls(TestCertificates.serverProfile());
        Thread.currentThread().interrupt();
        try (Rig rig = new Rig(gate, ServerWarmUpTest::echo, builder -> builder.warmUp(Integer.MAX_VALUE, LONG))) {
            assertTrue(Thread.interrupted());
            assertTrue(rig.port() > 0);
        } finally {
            Thread.interrupted();
        }
    }

    @Test
    void aGateThatFailsToTellItsProfilesIsStillServed() throws Exception {
        Gate gate = new Gate() {
            @Override
            public Decision decide(Peer peer) {
                return Decision.plain();
            }

            @Override
            public Collection<TlsProfile> profiles() {
                throw new IllegalStateException("do not know");
            }
        };
        try (Rig rig = new Rig(gate, ServerWarmUpTest::echo, builder -> builder.warmUp(LONG));
                Socket socket = rig.connect()) {
            socket.getOutputStream().write(BYTES);
            assertArrayEquals(BYTES, socket.getInputStream().readNBytes(BYTES.length));
        }
    }

    @Test
    void aPortInUseIsDetectedBefore() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), ServerWarmUpTest::echo)) {
            Server.Builder second = Server.builder(rig.dispatcher)
                    .listen(Rig.loopback(rig.port()), Gate.tls(TestCertificates.serverProfile()))
                    .handler(ServerWarmUpTest::echo)
                    .warmUp(Integer.MAX_VALUE, LONG);
            assertThrows(BindException.class, second::start);
        }
    }

    @Test
    void gatesTellTheirProfiles() {
        TlsProfile first = TestCertificates.serverProfile();
        TlsProfile second = TestCertificates.other().serverProfile();
        assertEquals(List.of(), Gate.plain().profiles());
        assertEquals(List.of(first), Gate.tls(first).profiles());
        assertEquals(List.of(first), Gate.tls(first, BYTES).profiles());
        assertEquals(List.of(first), Gate.detect(first).profiles());
        assertEquals(
                List.of(first, second),
                Gate.bySni(Map.of("other.example", first), second).profiles());
        assertEquals(
                List.of(first), Gate.bySni(Map.of("other.example", first), null).profiles());
    }

    @Test
    void refusesInvalidBounds() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server.Builder builder = Server.builder(test.dispatcher);
            assertThrows(IllegalArgumentException.class, () -> builder.warmUp(0, LONG));
            assertThrows(IllegalArgumentException.class, () -> builder.warmUp(Duration.ZERO));
        }
    }
}
