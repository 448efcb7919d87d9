// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.portcullis.internal.keys.Credential;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A renewal between two queries of one handshake. */
class RenewableKeysTest {
    private final TestCertificate ec = TestCertificates.ec();
    private final TestCertificate rsa = TestCertificates.rsa();

    private static List<Credential> of(TestCertificate certificate) {
        return List.of(new Credential(certificate.key(), certificate.chain()));
    }

    private static SSLEngine engine() throws Exception {
        return TestCertificates.jdkClientContext().createSSLEngine();
    }

    private static void assertPresented(TestCertificate expected, RenewableKeys keys, @Nullable String alias) {
        assertNotNull(alias);
        X509Certificate[] chain = keys.getCertificateChain(alias);
        assertNotNull(chain);
        assertEquals(expected.certificate(), chain[0]);
        assertEquals(expected.key(), keys.getPrivateKey(alias));
    }

    @Test
    void allQueriesOfAHandshakeUseOneGeneration() throws Exception {
        RenewableKeys keys = new RenewableKeys(of(rsa), false);
        SSLEngine engine = engine();
        assertNull(keys.chooseEngineServerAlias("EC", null, engine));
        keys.renew(1, of(ec));
        assertPresented(rsa, keys, keys.chooseEngineServerAlias("RSA", null, engine));
        assertPresented(ec, keys, keys.chooseEngineServerAlias("EC", null, engine()));
    }

    @Test
    void keyAndChainAreThoseThatWereChosen() throws Exception {
        RenewableKeys keys = new RenewableKeys(of(ec), false);
        String alias = keys.chooseEngineServerAlias("EC", null, engine());
        keys.renew(1, of(TestCertificates.issued()));
        assertNotNull(alias);
        assertPresented(ec, keys, alias);
        assertPresented(TestCertificates.issued(), keys, keys.chooseEngineServerAlias("EC", null, engine()));
        String chosen = keys.chooseEngineServerAlias("EC", null, engine());
        for (int i = 2; i < 12; i++) {
            keys.renew(i, of(ec));
        }
        assertPresented(TestCertificates.issued(), keys, chosen);
        assertNull(keys.getPrivateKey(alias), "long forgotten");
        assertNull(keys.getCertificateChain("nonsense"));
    }

    /**
     * Of two simultaneous renewals, the one that finishes last need not be the newer one; its update must not be lost.
     */
    @Test
    void anOlderRenewalThatComesLateUndoesNothing() throws Exception {
        RenewableKeys keys = new RenewableKeys(of(ec), false);
        keys.renew(2, of(rsa));
        keys.renew(1, of(TestCertificates.issued()));
        assertNull(keys.chooseEngineServerAlias("EC", null, engine()));
        assertPresented(rsa, keys, keys.chooseEngineServerAlias("RSA", null, engine()));
    }

    @Test
    void noRenewalIsLostWhenManyComeAtOnce() throws Exception {
        RenewableKeys keys = new RenewableKeys(of(ec), false);
        AtomicLong numbers = new AtomicLong();
        List<Thread> threads = Stream.generate(() -> new Thread(() -> {
                    for (int i = 0; i < 500; i++) {
                        long number = numbers.incrementAndGet();
                        keys.renew(number, of(number == 2000 ? rsa : ec));
                    }
                }))
                .limit(4)
                .toList();
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertPresented(rsa, keys, keys.chooseEngineServerAlias("RSA", null, engine()));
    }
}
