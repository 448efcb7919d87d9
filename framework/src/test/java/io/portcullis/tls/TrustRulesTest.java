// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.keys.ChainRules;
import io.portcullis.internal.keys.Pins;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trust beyond certificates: pins, trust managers, certificate revocation lists; with each engine. */
class TrustRulesTest {
    private static final String NOBODYS_PIN = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    @TempDir
    private Path folder;

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    private static X509Certificate[] chain(TestCertificate of) {
        return of.chain().toArray(X509Certificate[]::new);
    }

    private static TlsProfileBuilder empty() {
        return TestEngine.use(TlsProfile.builder());
    }

    /** A server, with a chain signed by {@link TestCertificates#authority()}. */
    private static TlsProfileBuilder server(String protocol) {
        return empty().protocols(protocol)
                .certificate(TestCertificates.issued().key(), chain(TestCertificates.issued()));
    }

    private static TlsProfile server() {
        return server("TLSv1.3").build();
    }

    /** A client that trusts the authority of that server. */
    private static TlsProfileBuilder client() {
        return empty().trust(TestCertificates.authority().certificate());
    }

    private static FilterPair join(TlsProfile client, TlsProfile server) {
        return new FilterPair(client.clientFilter("localhost", 443), server.serverFilter());
    }

    private static void assertAccepted(TlsProfile client, TlsProfile server) {
        connect(client, server);
    }

    /** Exchanges a byte, so that tickets have arrived. */
    private static TlsSession connect(TlsProfile client, TlsProfile server) {
        FilterPair pair = join(client, server).handshake();
        pair.server.send((byte) 1);
        pair.run();
        pair.close();
        return Objects.requireNonNull(pair.server.filter.session());
    }

    private static TlsException assertServerRefused(TlsProfile client, TlsProfile server) {
        FilterPair pair = join(client, server).run();
        assertNotNull(pair.server.failure, "the server is not notified");
        return pair.client.assertFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
    }

    private static TlsException assertClientRefused(TlsProfile client, TlsProfile server) {
        return join(client, server).run().server.assertFailed(HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED);
    }

    private static String everything(Throwable failure) {
        StringBuilder all = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            all.append(cause.getMessage()).append('\n');
        }
        return all.toString();
    }

    private static String pin(TestCertificate of) {
        return TlsProfile.pin(of.certificate());
    }

    private static String refusal(TlsProfileBuilder builder) {
        return Objects.requireNonNull(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aServerIsAcceptedWithThePinOfItsKeyOrOfItsAuthority(String protocol) {
        TlsProfile server = server(protocol).build();
        TlsProfile leafOnly = empty().protocols(protocol)
                .certificate(
                        TestCertificates.issued().key(),
                        TestCertificates.issued().certificate())
                .build();

        assertAccepted(client().pins(pin(TestCertificates.issued())).build(), server);
        assertAccepted(
                client().pins(NOBODYS_PIN, pin(TestCertificates.authority())).build(), server);
        assertAccepted(client().pins(pin(TestCertificates.authority())).build(), leafOnly);
        String ofCurl = pin(TestCertificates.issued()).replace("sha256/", "sha256//");
        assertAccepted(client().pins(ofCurl).build(), server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aServerWithoutAnyOfThePinsIsRefusedAndTheFailureNamesThoseItHas(String protocol) {
        TlsException why = assertServerRefused(
                client().pins(NOBODYS_PIN, pin(TestCertificates.ec())).build(),
                server(protocol).build());

        String all = everything(why);
        assertTrue(all.contains(pin(TestCertificates.issued())), all);
        assertTrue(all.contains(pin(TestCertificates.authority())), all);
        assertTrue(all.contains("2 pins"), all);
    }

    @Test
    void aPinDoesNotReplaceTrust() {
        assertServerRefused(
                empty().trust(TestCertificates.strangeAuthority().certificate())
                        .pins(pin(TestCertificates.issued()))
                        .build(),
                server());
    }

    @Test
    void aCertificateThatIsOnlyPutBesideTheChainDoesNotCount() {
        List<X509Certificate> longer = new ArrayList<>(TestCertificates.issued().chain());
        longer.add(TestCertificates.strangeAuthority().certificate());
        TlsProfile server = empty().certificate(TestCertificates.issued().key(), longer.toArray(X509Certificate[]::new))
                .build();

        assertAccepted(client().build(), server);
        assertServerRefused(
                client().pins(pin(TestCertificates.strangeAuthority())).build(), server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aServerHoldsItsClientsToPins(String protocol) {
        TlsProfile client = TestCertificates.clientBuilder()
                .certificate(TestCertificates.client().key(), chain(TestCertificates.client()))
                .build();
        TlsProfileBuilder asking = server(protocol)
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate());

        assertAccepted(client, asking.pins(pin(TestCertificates.client())).build());
        TlsException why = assertClientRefused(
                client,
                server(protocol)
                        .clientAuth(ClientAuth.NEED)
                        .trust(TestCertificates.authority().certificate())
                        .pins(NOBODYS_PIN)
                        .build());
        assertTrue(everything(why).contains(pin(TestCertificates.client())), () -> everything(why));
    }

    /** Two profiles that resume each other's sessions, without pins. */
    private record Acquaintances(TlsProfile client, TlsProfile server) {
        static Acquaintances of(String protocol) {
            TlsProfile client = TestCertificates.clientBuilder()
                    .certificate(TestCertificates.client().key(), chain(TestCertificates.client()))
                    .build();
            TlsProfile server = TrustRulesTest.server(protocol)
                    .clientAuth(ClientAuth.NEED)
                    .trust(TestCertificates.authority().certificate())
                    .build();
            assertFalse(connect(client, server).resumed());
            assertTrue(connect(client, server).resumed());
            return new Acquaintances(client, server);
        }

        Filter clientFilter(SessionRules rules) {
            return new TlsFilter(client.clientEngine("localhost", 443), false, rules);
        }

        Filter serverFilter(SessionRules rules) {
            return new TlsFilter(server.serverEngine(), false, rules);
        }
    }

    private static SessionRules othersPin() {
        X509Certificate[] anchors = {TestCertificates.authority().certificate()};
        return new SessionRules(false, new ChainRules(Pins.of(List.of(NOBODYS_PIN)), Pins.NONE, List.of(), anchors));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientDoesNotBypassThePinsWithASessionOfAnotherProfile(String protocol) {
        Acquaintances pair = Acquaintances.of(protocol);

        FilterPair refused = new FilterPair(pair.clientFilter(SessionRules.NONE), pair.serverFilter(othersPin())).run();

        TlsException why = refused.server.assertFailed(HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED);
        assertTrue(everything(why).contains("resumed a session"), () -> everything(why));
        assertTrue(everything(why).contains(pin(TestCertificates.client())), () -> everything(why));
        assertNotNull(refused.client.failure);
        connect(pair.client, pair.server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aServerDoesNotBypassThePinsWithASessionMadeWithoutThem(String protocol) {
        Acquaintances pair = Acquaintances.of(protocol);

        FilterPair refused = new FilterPair(pair.clientFilter(othersPin()), pair.serverFilter(SessionRules.NONE)).run();

        TlsException why = refused.client.assertFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
        assertTrue(everything(why).contains("resumed a session"), () -> everything(why));
        assertNotNull(refused.server.failure);
        connect(pair.client, pair.server);
    }

    @Test
    void invalidPinsAreRefused() {
        for (String text : List.of("sha256/AAAA", "sha1/AAAA", "", "sha256/" + "*".repeat(44), "sha256/")) {
            String why = refusal(client().pins(text));
            assertTrue(why.contains("is not a pin"), why);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSelfSignedServerIsTrustedByItsPin(String protocol) {
        TestCertificate ec = TestCertificates.ec();
        TlsProfile server = empty().protocols(protocol)
                .certificate(ec.key(), ec.certificate())
                .build();

        TlsProfile client = empty().trustPinned(NOBODYS_PIN, pin(ec)).build();
        assertAccepted(client, server);
        assertTrue(connect(client, server).resumed());
        TlsException why = assertServerRefused(empty().trustPinned(NOBODYS_PIN).build(), server);
        assertTrue(everything(why).contains(pin(ec)), () -> everything(why));
    }

    @Test
    void aPinThatIsTrustedIsThatOfThePeersOwnKey() {
        assertServerRefused(
                empty().trustPinned(pin(TestCertificates.authority())).build(), server());
    }

    @Test
    void theServersNameIsVerifiedAlsoOfOneThatIsTrustedByItsPin() {
        TestCertificate other = TestCertificates.other();
        TlsProfile server =
                empty().certificate(other.key(), other.certificate()).build();

        assertServerRefused(empty().trustPinned(pin(other)).build(), server);
        assertAccepted(
                empty().trustPinned(pin(other)).disableHostnameVerification().build(), server);
    }

    @Test
    void aServerTrustsClientsByTheirPins() {
        TlsProfile client = TestCertificates.clientBuilder()
                .certificate(TestCertificates.stranger().key(), chain(TestCertificates.stranger()))
                .build();

        assertAccepted(
                client,
                server("TLSv1.3")
                        .clientAuth(ClientAuth.NEED)
                        .trustPinned(pin(TestCertificates.stranger()))
                        .build());
        assertClientRefused(
                client,
                server("TLSv1.3")
                        .clientAuth(ClientAuth.NEED)
                        .trustPinned(NOBODYS_PIN)
                        .build());
    }

    /** Accepts every certificate, or throws. */
    private record Judge(AtomicInteger calls, Consumer<X509Certificate[]> verdict, X509Certificate[] named)
            implements X509TrustManager {
        Judge(AtomicInteger calls, Consumer<X509Certificate[]> verdict) {
            this(calls, verdict, new X509Certificate[0]);
        }

        static Judge accepting() {
            return new Judge(new AtomicInteger(), chain -> {});
        }

        static Judge throwing(RuntimeException failure) {
            return new Judge(new AtomicInteger(), chain -> {
                throw failure;
            });
        }

        private void judge(X509Certificate[] chain) {
            calls.incrementAndGet();
            verdict.accept(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            judge(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            judge(chain);
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return named;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aCustomTrustManagerDecidesAndTheNameIsStillVerified(String protocol) {
        Judge judge = Judge.accepting();
        TlsProfile client = empty().trustManager(judge).build();
        TestCertificate other = TestCertificates.other();

        assertTrue(client.tasksMayBlock());
        assertAccepted(client, server(protocol).build());
        assertEquals(1, judge.calls.get());
        assertServerRefused(
                client,
                empty().protocols(protocol)
                        .certificate(other.key(), other.certificate())
                        .build());
        assertEquals(2, judge.calls.get());
    }

    @Test
    void aCustomTrustManagerIsNotCalledAgainOnResumption() {
        Judge judge = Judge.accepting();
        TlsProfile client = empty().trustManager(judge).build();
        TlsProfile server = server();

        connect(client, server);
        assertTrue(connect(client, server).resumed());

        assertEquals(1, judge.calls.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void anyExceptionOfATrustManagerIsARejection(String protocol) {
        for (RuntimeException failure :
                List.of(new IllegalStateException("no cipher suites in common"), new NullPointerException())) {
            assertServerRefused(
                    empty().trustManager(Judge.throwing(failure)).build(),
                    server(protocol).build());
            assertClientRefused(
                    TestCertificates.clientBuilder()
                            .certificate(TestCertificates.client().key(), chain(TestCertificates.client()))
                            .build(),
                    server(protocol)
                            .clientAuth(ClientAuth.NEED)
                            .trustManager(Judge.throwing(failure))
                            .build());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aTrustManagerMayThrowCheckedExceptionsAndNameNobody(String protocol) {
        Judge judge = new Judge(
                new AtomicInteger(), chain -> throwUnchecked(new IOException("no directory")), new X509Certificate[1]);
        assertServerRefused(
                empty().trustManager(judge).pins(NOBODYS_PIN).build(),
                server(protocol).build());
        assertClientRefused(
                TestCertificates.clientBuilder()
                        .certificate(TestCertificates.client().key(), chain(TestCertificates.client()))
                        .build(),
                server(protocol).clientAuth(ClientAuth.NEED).trustManager(judge).build());
    }

    /** As other languages do. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T extends Throwable> void throwUnchecked(Throwable failure) throws T {
        throw (T) failure;
    }

    @Test
    void anExtendedTrustManagerIsCalledWithTheEngine() {
        List<String> seen = new ArrayList<>();
        X509ExtendedTrustManager judge = new X509ExtendedTrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                    throws CertificateException {
                seen.add(engine.getPeerHost());
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        TestCertificate other = TestCertificates.other();

        assertAccepted(empty().trustManager(judge).build(), server());
        assertServerRefused(
                empty().trustManager(judge).build(),
                empty().certificate(other.key(), other.certificate()).build());

        assertEquals(List.of("localhost", "localhost"), seen);
    }

    @Test
    void aCertificateThatHasExpiredIsRefusedWhateverATrustManagerSays() throws Exception {
        Instant now = Instant.now();
        X509Certificate soon =
                ForgedCertificate.selfSigned("soon", now.minus(1, ChronoUnit.DAYS), now.plus(1, ChronoUnit.DAYS));
        X509Certificate expired =
                ForgedCertificate.selfSigned("late", now.minus(9, ChronoUnit.DAYS), now.minus(1, ChronoUnit.DAYS));
        TlsProfile client = empty().trustManager(Judge.accepting()).build();

        assertAccepted(
                client, empty().certificate(ForgedCertificate.key(), soon).build());
        FilterPair pair =
                join(client, TrustDatesTest.presenting("TLSv1.3", expired)).run();
        pair.client.assertFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
    }

    @Test
    void pinsApplyWithACustomTrustManager() {
        assertAccepted(
                empty().trustManager(Judge.accepting())
                        .pins(pin(TestCertificates.issued()))
                        .build(),
                server());
        assertServerRefused(
                empty().trustManager(Judge.accepting()).pins(NOBODYS_PIN).build(), server());
    }

    private Path write(String name, byte[]... lists) throws Exception {
        Path file = folder.resolve(name);
        if (name.endsWith(".der")) {
            return Files.write(file, lists[0]);
        }
        StringBuilder pem = new StringBuilder();
        for (byte[] list : lists) {
            pem.append(TestPem.block("X509 CRL", list));
        }
        return Files.writeString(file, pem);
    }

    private static byte[] list(TestCertificate... revoked) {
        X509Certificate[] certificates = new X509Certificate[revoked.length];
        for (int i = 0; i < revoked.length; i++) {
            certificates[i] = revoked[i].certificate();
        }
        return ForgedCrl.of(TestCertificates.authority(), certificates);
    }

    @ParameterizedTest
    @ValueSource(strings = {"crl.pem", "crl.der"})
    void aServerWhoseCertificateWasRevokedIsRefused(String file) throws Exception {
        TlsProfile server = server();

        assertAccepted(
                client().crls(write(file, list(TestCertificates.client()))).build(), server);
        TlsException why = assertServerRefused(
                client().crls(write(file, list(TestCertificates.client(), TestCertificates.issued())))
                        .build(),
                server);
        assertTrue(everything(why).contains("was revoked"), () -> everything(why));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aClientWhoseCertificateWasRevokedIsRefused(String protocol) throws Exception {
        TlsProfile client = TestCertificates.clientBuilder()
                .certificate(TestCertificates.client().key(), chain(TestCertificates.client()))
                .build();
        Path file = write("crl.pem", list());
        TlsProfile server = server(protocol)
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .crls(file)
                .build();
        assertFalse(connect(client, server).resumed());
        assertTrue(connect(client, server).resumed());
        assertEquals(Renewal.UNCHANGED, server.reload());

        write("crl.pem", list(TestCertificates.client()));
        assertEquals(Renewal.TRUST, server.reload());

        assertClientRefused(client, server);
        write("crl.pem", list());
        assertEquals(Renewal.TRUST, server.reload());
        assertFalse(connect(client, server).resumed());
    }

    @Test
    void anAuthorityWithoutACurrentListOfItsOwnIsNotEnough() throws Exception {
        Instant now = Instant.now();
        byte[] late = ForgedCrl.of(
                TestCertificates.authority(), now.minus(9, ChronoUnit.DAYS), now.minus(1, ChronoUnit.DAYS));
        byte[] ofAnother = ForgedCrl.of(TestCertificates.strangeAuthority());

        for (byte[] list : List.of(late, ofAnother)) {
            TlsException why =
                    assertServerRefused(client().crls(write("crl.pem", list)).build(), server());
            assertTrue(everything(why).contains("crls()"), () -> everything(why));
        }
        assertAccepted(client().crls(write("crl.pem", late, ofAnother, list())).build(), server());
    }

    @Test
    void aListSignedByAnotherKeyIsIgnored() throws Exception {
        TestCertificate authority = TestCertificates.authority();
        TestCertificate forger = new TestCertificate(
                "forger", TestCertificates.strangeAuthority().key(), authority.chain(), folder);

        assertServerRefused(
                client().crls(write("crl.pem", ForgedCrl.of(forger))).build(), server());
    }

    @Test
    void aCertificateThatIsTrustedItselfNeedsNoList() throws Exception {
        TlsProfile client = empty().trust(
                        TestCertificates.ec().certificate(),
                        TestCertificates.authority().certificate())
                .crls(write("crl.pem", list()))
                .build();
        TestCertificate ec = TestCertificates.ec();

        assertAccepted(client, empty().certificate(ec.key(), ec.certificate()).build());
    }

    @Test
    void aFileThatIsNoListIsRefused() throws Exception {
        Path absent = folder.resolve("absent.pem");
        Path empty = Files.writeString(folder.resolve("empty.pem"), "nothing");
        Path damaged = Files.write(folder.resolve("damaged.der"), new byte[] {0x30, 1, 0});
        Path certificate = TestCertificates.ec().chainFile();

        for (Path file : List.of(absent, empty, damaged, certificate)) {
            String why = refusal(client().crls(file));
            assertTrue(why.contains(file.toString()), why);
        }
    }

    @Test
    void revocationChecksBlockAndAMissingReplyCountsAsConfigured() {
        TlsProfile soft = client().revocation(Revocation.SOFT_FAIL).build();
        TlsProfile hard = client().revocation(Revocation.HARD_FAIL).build();

        assertTrue(soft.tasksMayBlock());
        assertTrue(hard.tasksMayBlock());
        assertAccepted(soft, server());
        assertServerRefused(hard, server());
        String why = refusal(client().revocation(Revocation.SOFT_FAIL).tasksMayBlock(false));
        assertTrue(why.contains("tasksMayBlock(false)"), why);
    }

    @Test
    void aRepliedListIsLookedInto() throws Exception {
        try (ListServer lists = new ListServer()) {
            Instant now = Instant.now();
            X509Certificate revoked = ForgedCertificate.issued(
                    "revoked", now.minus(1, ChronoUnit.DAYS), now.plus(1, ChronoUnit.DAYS), lists.address());
            X509Certificate good = ForgedCertificate.issued(
                    "good", now.minus(1, ChronoUnit.DAYS), now.plus(1, ChronoUnit.DAYS), lists.address());
            lists.serve(ForgedCrl.of(TestCertificates.authority(), revoked));

            for (Revocation rule : List.of(Revocation.SOFT_FAIL, Revocation.HARD_FAIL)) {
                TlsProfile client = client().revocation(rule).build();
                assertAccepted(
                        client,
                        empty().certificate(ForgedCertificate.key(), good).build());
                assertServerRefused(
                        client,
                        empty().certificate(ForgedCertificate.key(), revoked).build());
            }
        }
    }

    @Test
    void aConfiguredListSufficesWhenAReplyIsRequired() throws Exception {
        Path file = write("crl.pem", list());

        assertAccepted(client().revocation(Revocation.HARD_FAIL).crls(file).build(), server());
    }

    @Test
    void anEmptyListIsRefusedRatherThanChangeNothing() {
        assertThrows(IllegalArgumentException.class, () -> client().pins());
        assertThrows(IllegalArgumentException.class, () -> client().crls());
        assertThrows(IllegalArgumentException.class, () -> empty().trustPinned());
        assertThrows(IllegalArgumentException.class, () -> empty().groups());
    }

    @Test
    void whatSaysTwoThingsIsRefused() throws Exception {
        X509Certificate authority = TestCertificates.authority().certificate();
        Path file = write("crl.pem", list());
        for (TlsProfileBuilder two : List.of(
                empty().trust(authority).trustPinned(NOBODYS_PIN),
                empty().trust(authority).trustManager(Judge.accepting()),
                empty().trustPinned(NOBODYS_PIN).trustManager(Judge.accepting()))) {
            String why = refusal(two);
            assertTrue(why.contains("omit all but one of them"), why);
        }
        for (TlsProfileBuilder two : List.of(
                empty().trustPinned(NOBODYS_PIN).crls(file),
                empty().trustManager(Judge.accepting()).revocation(Revocation.SOFT_FAIL))) {
            String why = refusal(two);
            assertTrue(why.contains("crls() and revocation()"), why);
        }
        String why = refusal(TlsProfile.builder()
                .sslContext(TestCertificates.jdkClientContext())
                .pins(NOBODYS_PIN));
        assertTrue(why.contains("SSLContext"), why);
    }
}
