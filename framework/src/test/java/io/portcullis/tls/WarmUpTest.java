// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.keys.Credential;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {
    /** Enough to include every fourth one, with old clients. */
    private static final int LESSONS = 4;

    static Stream<TestCertificate> certificates() {
        return Stream.of(
                TestCertificates.ec(),
                TestCertificates.rsa(),
                TestCertificates.ed25519(),
                TestCertificates.rsaPss(),
                TestCertificates.issued(),
                TestCertificates.wildcard(),
                TestCertificates.commonNameOnly());
    }

    @ParameterizedTest
    @MethodSource("certificates")
    void everyKindOfCertificateIsWarmedUp(TestCertificate certificate) {
        assertWarms(certificate.serverProfile(), 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void oneProtocolIsEnough(String protocol) {
        assertWarms(TestCertificates.serverBuilder().protocols(protocol).build(), 2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"NEED", "WANT", "NONE"})
    void aProfileThatRequestsClientCertificatesIsWarmedUp(String rule) {
        TlsProfile profile = TestCertificates.serverBuilder()
                .trust(TestCertificates.authority().certificate())
                .clientAuth(ClientAuth.valueOf(rule))
                .build();
        assertWarms(profile, 2);
    }

    @Test
    void everySettingOfAProfileIsApplied() {
        TlsProfile profile = TestCertificates.serverBuilder()
                .alpn("h2", "http/1.1")
                .refuseUnknownServerNames()
                .compatibleSuites()
                .build();
        assertWarms(profile, 2);
    }

    @Test
    void aCertificateThatHasExpiredServesAsWell() throws TlsException {
        TestCertificate expired = TestCertificates.expired();
        List<WarmUpPeers> peers = WarmUpPeers.of(
                TestCertificates.serverProfile(), List.of(new Credential(expired.key(), expired.chain())));
        WarmUpPeers.Session session = peers.get(0).session(0);
        new FilterPair(session.client(), session.server()).handshake().close();
    }

    @Test
    void theSecondConversationOfASessionIsResumed() throws Exception {
        WarmUpPeers.Session session = session(0);
        FilterPair first = firstFlight(session);
        int full = first.toClient.waiting();
        first.handshake().close();
        int resumed = firstFlight(session).toClient.waiting();
        int certificate = TestCertificates.ec().certificate().getEncoded().length;
        assertTrue(resumed < full - certificate, full + " bytes at first, then " + resumed);
    }

    @Test
    void anOldClientsSecondConversationIsResumedToo() throws Exception {
        WarmUpPeers.Session session = session(3);
        FilterPair full = firstFlight(session);
        full.client.turn();
        assertEquals(0, full.client.secured, "after one flight");
        full.handshake().close();
        FilterPair resumed = firstFlight(session);
        resumed.client.turn();
        assertEquals(1, resumed.client.secured, "after one flight");
    }

    private static WarmUpPeers.Session session(int number) {
        return WarmUpPeers.of(TestCertificates.serverProfile()).get(0).session(number);
    }

    private static FilterPair firstFlight(WarmUpPeers.Session session) {
        FilterPair pair = new FilterPair(session.client(), session.server());
        pair.client.turn();
        pair.server.turn();
        return pair;
    }

    @Test
    void aProfileKeepsNoSessionOfTheWarmUp() {
        TlsProfile profile = TestCertificates.serverProfile();
        assertWarms(profile, 2);
        assertNoSessions(TestCertificates.contextOf(profile));
    }

    @Test
    void aReadyContextIsUsedIfItsTasksDoNotBlockAndKeepsNoSession() {
        SSLContext context = TestCertificates.contextOf(
                TestCertificates.serverBuilder().protocols("TLSv1.2").build());
        TlsProfile profile = TlsProfile.builder()
                .sslContext(context)
                .tasksMayBlock(false)
                .clientAuth(ClientAuth.NEED)
                .build();
        assertWarms(profile, 1);
        assertNoSessions(context);
    }

    @Test
    void blockingWorkIsLeftAlone() {
        TlsProfile blocking =
                TestCertificates.serverBuilder().tasksMayBlock(true).build();
        WarmUp warmUp = WarmUp.of(List.of(blocking));
        assertFalse(warmUp.round());
        assertEquals(0, warmUp.handshakes());
        assertEquals(1, warmUp.skipped().size());
    }

    @Test
    void aProfileForClientsAloneIsSkipped() {
        WarmUp warmUp = WarmUp.of(List.of(TestCertificates.clientProfile(), TestCertificates.serverProfile()));
        assertTrue(warmUp.round());
        assertEquals(2, warmUp.handshakes());
        assertEquals(1, warmUp.skipped().size());
    }

    @Test
    void aProfileThatIsNamedTwiceCountsOnce() {
        TlsProfile profile = TestCertificates.ec().serverProfile();
        WarmUp warmUp = WarmUp.of(List.of(profile, profile));
        assertTrue(warmUp.round());
        assertEquals(2, warmUp.handshakes());
    }

    private static void assertNoSessions(SSLContext context) {
        assertEquals(
                List.of(), Collections.list(context.getServerSessionContext().getIds()));
        assertEquals(
                List.of(), Collections.list(context.getClientSessionContext().getIds()));
    }

    private static void assertWarms(TlsProfile profile, int certificates) {
        WarmUp warmUp = WarmUp.of(List.of(profile));
        for (int i = 0; i < LESSONS * certificates; i++) {
            assertTrue(warmUp.round(), () -> "skipped: " + warmUp.skipped());
        }
        assertEquals(2 * LESSONS * certificates, warmUp.handshakes());
        assertEquals(List.of(), warmUp.skipped());
    }
}
