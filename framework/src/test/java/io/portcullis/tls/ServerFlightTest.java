// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The properties read from the server's flight are the same on both sides, and correct. */
class ServerFlightTest {
    private static final TlsSession TOLD =
            new TlsSession("TLSv1.3", "SUITE", Optional.empty(), false, Optional.empty(), Optional.empty(), List.of());

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void reportsGroupAndResumptionOnBothSides(String protocol) {
        TestEngines engines = TestEngines.of(protocol);
        for (boolean resumed : new boolean[] {false, true, true}) {
            FilterPair pair = engines.join().handshake();
            TlsSession client = session(pair.client);
            assertEquals(resumed, client.resumed());
            assertEquals(resumed, session(pair.server).resumed());
            assertEquals(client.group(), session(pair.server).group());
            assertEquals(!resumed || protocol.equals("TLSv1.3"), client.group().isPresent());
            client.group().ifPresent(group -> assertFalse(group.startsWith("0x"), group));
            pair.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void reportsTheSelectedGroup(String protocol) {
        TestEngine.assume(false, TlsFeature.GROUP_CHOICE);
        // In TLS 1.2 the JDK presents an EC certificate only if its curve is among the groups, too
        TestCertificate rsa = TestCertificates.rsa();
        FilterPair pair = TestEngines.of(protocol)
                .server(builder -> builder.groups("secp384r1").certificate(rsa.key(), rsa.certificate()))
                .join()
                .handshake();
        // A HelloRetryRequest is needed: the first group for which the client offers a share is another one
        assertEquals(Optional.of("secp384r1"), session(pair.client).group());
        assertEquals(Optional.of("secp384r1"), session(pair.server).group());
    }

    private static TlsSession session(FilterEnd end) {
        TlsSession session = end.filter.session();
        if (session == null) {
            throw new AssertionError("not secured");
        }
        return session;
    }

    /** A ServerHello of TLS 1.3 with a key share of X25519MLKEM768, with a pre-shared key or without. */
    private static byte[] hello(boolean preSharedKey) {
        ByteBuffer extensions = ByteBuffer.allocate(2000);
        extensions.putShort((short) 43).putShort((short) 2).putShort((short) 0x0304);
        if (preSharedKey) {
            extensions.putShort((short) 41).putShort((short) 2).putShort((short) 0);
        }
        extensions.putShort((short) 51).putShort((short) 1124);
        extensions.putShort((short) 0x11EC).putShort((short) 1120).put(new byte[1120]);
        extensions.flip();
        int body = 2 + 32 + 1 + 32 + 3 + 2 + extensions.remaining();
        return ByteBuffer.allocate(5 + 4 + body)
                .put(new byte[] {22, 3, 3})
                .putShort((short) (4 + body))
                .putInt(2 << 24 | body)
                .putShort((short) 0x0303)
                .put(new byte[32])
                .put((byte) 32)
                .put(new byte[32])
                .put(new byte[] {0x13, 1, 0})
                .putShort((short) extensions.remaining())
                .put(extensions)
                .array();
    }

    private static TlsSession heard(byte[]... pieces) {
        ServerFlight flight = new ServerFlight();
        for (byte[] piece : pieces) {
            flight.look(ByteBuffer.wrap(piece));
        }
        return flight.complete(TOLD);
    }

    @Test
    void aHelloMayBeCutAnywhere() {
        byte[] hello = hello(true);
        for (int cut = 0; cut <= hello.length; cut++) {
            byte[] begin = java.util.Arrays.copyOf(hello, cut);
            byte[] end = java.util.Arrays.copyOfRange(hello, cut, hello.length);
            TlsSession session = heard(begin, end);
            assertEquals(Optional.of("X25519MLKEM768"), session.group());
            assertTrue(session.resumed());
        }
        assertFalse(heard(hello(false)).resumed());
    }

    @Test
    void malformedMessagesAreLeftToTheEngine() {
        Random random = new Random(1);
        byte[] hello = hello(false);
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = hello.clone();
            for (int i = 0; i <= random.nextInt(4); i++) {
                damaged[random.nextInt(120)] = (byte) random.nextInt();
            }
            assertEquals("SUITE", heard(damaged, damaged).cipherSuite());
        }
    }
}
