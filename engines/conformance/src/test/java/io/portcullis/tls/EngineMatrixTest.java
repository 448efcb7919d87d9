// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every engine interoperates with every other: client by server by protocol. */
class EngineMatrixTest {
    private static final int LENGTH = 200_000;

    @TestFactory
    Stream<DynamicTest> everyEngineInteroperatesWithEveryOther() {
        return Profiles.engines()
                .flatMap(client -> Profiles.engines()
                        .flatMap(server -> Stream.of("TLSv1.2", "TLSv1.3")
                                .map(protocol -> dynamicTest(
                                        client + " to " + server + ", " + protocol,
                                        () -> speak(client, server, protocol)))));
    }

    private static void speak(String clientEngine, String serverEngine, String protocol) {
        TlsProfile client = Profiles.client(
                clientEngine, settings -> settings.protocols(protocol).alpn("http/1.1"));
        TlsProfile server = Profiles.server(
                serverEngine, settings -> settings.protocols(protocol).alpn("h2", "http/1.1"));
        byte[] up = Profiles.bytes(LENGTH, 1);
        byte[] down = Profiles.bytes(LENGTH, 2);

        FilterPair pair = Profiles.join(client, server);
        pair.client.send(up);
        pair.server.send(down);
        pair.handshake();

        assertArrayEquals(up, pair.server.received.toByteArray());
        assertArrayEquals(down, pair.client.received.toByteArray());
        for (FilterEnd end : List.of(pair.client, pair.server)) {
            TlsSession session = end.filter.session();
            assertNotNull(session);
            assertEquals(protocol, session.protocol());
            assertEquals("http/1.1", session.applicationProtocol().orElseThrow());
        }
        pair.close();
        TestEngine.freeAll();
    }
}
