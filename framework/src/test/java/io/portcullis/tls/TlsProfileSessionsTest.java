// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TlsProfileSessionsTest {

    @ParameterizedTest
    @NotOn(
            value = "conscrypt",
            because = "it does not copy values to the resumed session; TlsFilterPairTest shows that it resumes")
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void areResumed(String protocol) throws SSLException {
        TlsProfile client = TestCertificates.clientBuilder().protocols(protocol).build();
        TlsProfile server = TestCertificates.serverProfile();

        SSLSession first = EnginePair.of(client, server).handshake().clientSession();
        first.putValue("mark", "first");
        SSLSession second = EnginePair.of(client, server).handshake().clientSession();
        SSLSession stranger =
                EnginePair.of(newClient(protocol), server).handshake().clientSession();

        // The JDK copies the values, and the time, of the session that is resumed
        assertEquals("first", second.getValue("mark"));
        if (TestEngine.isOfTheJdk()) {
            assertEquals(first.getCreationTime(), second.getCreationTime());
        }
        assertNull(stranger.getValue("mark"));
        if (protocol.equals("TLSv1.2")) {
            assertArrayEquals(first.getId(), second.getId());
        }
    }

    @Test
    void areNotResumedForAnotherPort() throws SSLException {
        TlsProfile client = newClient("TLSv1.3");
        TlsProfile server = TestCertificates.serverProfile();

        EnginePair.of(client, server).handshake().clientSession().putValue("mark", "first");
        EnginePair other = new EnginePair(client.clientEngine("localhost", 9443), server.serverEngine());

        assertNull(other.handshake().clientSession().getValue("mark"));
    }

    private TlsProfile newClient(String protocol) {
        return TestCertificates.clientBuilder().protocols(protocol).build();
    }

    @Test
    @NotOn(value = "boringssl", because = "it has no SSLContext to query")
    void areBoundedByDefault() {
        SSLContext context = TestCertificates.contextOf(TestCertificates.serverProfile());

        for (SSLSessionContext side : sides(context)) {
            assertEquals(10_000, side.getSessionCacheSize());
            assertEquals(3600, side.getSessionTimeout());
        }
    }

    @Test
    @NotOn(value = "boringssl", because = "it has no SSLContext to query")
    void areBoundedAsConfigured() {
        SSLContext context = TestCertificates.contextOf(TestCertificates.serverBuilder()
                .sessionCache(7, Duration.ofMinutes(2))
                .build());

        for (SSLSessionContext side : sides(context)) {
            assertEquals(7, side.getSessionCacheSize());
            assertEquals(120, side.getSessionTimeout());
        }
    }

    private static Set<SSLSessionContext> sides(SSLContext context) {
        return Set.of(context.getServerSessionContext(), context.getClientSessionContext());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R24 however many sessions are made, both sides keep no more than the cache's size")
    void theCacheKeepsNoMoreThanItsSize(String protocol) throws Exception {
        int size = 16;
        TlsProfile client = TestCertificates.clientBuilder()
                .protocols(protocol)
                .sessionCache(size, Duration.ofHours(1))
                .build();
        TlsProfile server = TestCertificates.serverBuilder()
                .sessionCache(size, Duration.ofHours(1))
                .build();
        for (int port = 1; port <= 6 * size; port++) {
            EnginePair pair = new EnginePair(client.clientEngine("localhost", port), server.serverEngine()).handshake();
            assertBounded(size, pair.clientSession());
            assertBounded(size, pair.serverSession());
            TestEngine.freeAll();
        }
    }

    private static void assertBounded(int size, SSLSession session) {
        SSLSessionContext context = session.getSessionContext();
        if (context != null) {
            assertEquals(size, context.getSessionCacheSize());
            assertTrue(Collections.list(context.getIds()).size() <= size, "more sessions than it may keep");
        }
    }
}
