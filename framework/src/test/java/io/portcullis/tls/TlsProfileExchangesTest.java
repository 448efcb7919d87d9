// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.engine.TicketKeys;
import io.portcullis.internal.keys.CredentialSources;
import io.portcullis.internal.keys.Pem;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.ProfileState.FilesSeen;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * No updates are lost if keys, certificates and trust are replaced at the same time: while one call reads or computes,
 * another one makes a change.
 */
class TlsProfileExchangesTest {
    private static final byte[] OLD_KEY = new byte[TicketKeys.LENGTH];
    private static final byte[] NEW_KEY = filled(1);
    private static final byte[] NEWEST_KEY = filled(2);

    @TempDir
    private Path folder;

    private CertificateFiles files;
    private Runnable whileTrustIsRead = () -> {};
    private Runnable whileKeysAreHandedOver = () -> {};
    private TlsProfile profile;

    /** Engines that are never used, and know their ticket keys. */
    private final class Engines implements TlsEngineFactory {
        private volatile byte[] key;

        Engines(TlsEngineConfig config) {
            key = config.ticketKeys().get(0);
        }

        @Override
        public TlsEngine server() {
            return new ScriptedTlsEngine();
        }

        @Override
        public TlsEngine client(String host, int port, @Nullable SNIHostName name) {
            throw new AssertionError("no client");
        }

        @Override
        public void ticketKeys(List<byte[]> keys) {
            Runnable now = whileKeysAreHandedOver;
            whileKeysAreHandedOver = () -> {};
            now.run();
            key = keys.get(0);
        }
    }

    private static byte[] filled(int value) {
        byte[] key = new byte[TicketKeys.LENGTH];
        Arrays.fill(key, (byte) value);
        return key;
    }

    @BeforeEach
    void make() throws IOException {
        files = new CertificateFiles(folder).writeTrust(TestCertificates.authority());
        CredentialSources sources =
                new CredentialSources(List.of(), List.of(this::readTrust), List.of(), List.of(files.trust()));
        TlsEngineConfig config = new TlsEngineConfig(
                List.of("TLSv1.3"),
                List.of("TLS_AES_128_GCM_SHA256"),
                List.of(),
                List.of(),
                ClientAuth.NEED,
                Optional.empty(),
                List.of(),
                Optional.empty(),
                true,
                1,
                Duration.ofHours(1),
                List.of(OLD_KEY),
                false);
        TlsCapabilities able = new TlsCapabilities(
                "test",
                "1",
                Optional.empty(),
                config.protocols(),
                config.cipherSuites(),
                config.cipherSuites(),
                List.of(),
                Set.of("EC"),
                Set.of(TlsFeature.SHARED_TICKET_KEYS));
        ProfileState state = new ProfileState(
                0,
                FilesSeen.taken(sources.fingerprint()),
                Engines::new,
                new Engines(config),
                config,
                SessionRules.NONE,
                null,
                List.of(),
                PeerTrust.of(sources.loadTrust()));
        profile = new TlsProfile(able, state, sources, true);
    }

    private List<X509Certificate> readTrust() {
        List<X509Certificate> read = Pem.read(files.trust()).certificates();
        Runnable now = whileTrustIsRead;
        whileTrustIsRead = () -> {};
        now.run();
        return read;
    }

    private void trust(TestCertificate authority) {
        try {
            files.writeTrust(authority);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] key() {
        return ((Engines) profile.factory()).key;
    }

    private void assertTrusted(TestCertificate authority) throws IOException {
        assertEquals(Renewal.UNCHANGED, profile.reload(), "the trust is that of the files");
        assertEquals(List.of(authority.certificate()), profile.trusted());
    }

    @Test
    void newTicketKeysSurviveASimultaneousReloadOfTrust() throws Exception {
        trust(TestCertificates.strangeAuthority());
        whileTrustIsRead = () -> profile.rotateTicketKeys(NEW_KEY);

        assertEquals(Renewal.TRUST, profile.reload());

        assertArrayEquals(NEW_KEY, key());
        assertTrusted(TestCertificates.strangeAuthority());
    }

    @Test
    void trustThatIsTakenAwayStaysAwayWhenTicketKeysAreRotated() throws Exception {
        trust(TestCertificates.strangeAuthority());
        whileKeysAreHandedOver = () -> assertEquals(Renewal.TRUST, profile.reload());

        profile.rotateTicketKeys(NEW_KEY);

        assertArrayEquals(NEW_KEY, key(), "of the engines that the reload has made");
        assertTrusted(TestCertificates.strangeAuthority());
    }

    @Test
    void theLastOfTwoRotationsIsTheOneThatTheEnginesHave() throws Exception {
        whileKeysAreHandedOver = () -> profile.rotateTicketKeys(NEWEST_KEY);

        profile.rotateTicketKeys(NEW_KEY);

        assertArrayEquals(NEWEST_KEY, key());
    }

    @Test
    void ofTwoReloadsTheOneThatHasReadOlderFilesDoesNotBringTheirTrustBack() throws Exception {
        trust(TestCertificates.ec());
        whileTrustIsRead = () -> {
            trust(TestCertificates.strangeAuthority());
            assertEquals(Renewal.TRUST, profile.reload());
        };

        assertEquals(Renewal.UNCHANGED, profile.reload(), "the other reload has applied it");

        assertTrusted(TestCertificates.strangeAuthority());
    }

    @Test
    void aFailedReloadIsNotReportedIfTheFilesWereRenewedMeanwhile() throws Exception {
        trust(TestCertificates.ec());
        whileTrustIsRead = () -> {
            trust(TestCertificates.strangeAuthority());
            assertEquals(Renewal.TRUST, profile.reload());
            throw Refusal.of("half of it is missing");
        };

        assertEquals(Renewal.UNCHANGED, profile.reload());

        assertTrusted(TestCertificates.strangeAuthority());
        Files.writeString(files.trust(), "");
        assertEquals(
                Objects.requireNonNull(assertThrows(IllegalArgumentException.class, profile::reload)
                        .getMessage()),
                assertThrows(IllegalArgumentException.class, profile::reload).getMessage(),
                "each time");
    }

    @Test
    void filesThatChangeWhileTheyAreReadAreReadAgain() throws Exception {
        trust(TestCertificates.ec());
        whileTrustIsRead = () -> trust(TestCertificates.strangeAuthority());

        assertEquals(Renewal.TRUST, profile.reload());

        assertTrusted(TestCertificates.strangeAuthority());
    }

    @Test
    void filesThatKeepChangingAreRefusedInTheEnd() throws Exception {
        AtomicInteger reads = new AtomicInteger();
        trust(TestCertificates.ec());
        whileTrustIsRead = new Runnable() {
            @Override
            public void run() {
                trust(reads.incrementAndGet() % 2 == 0 ? TestCertificates.ec() : TestCertificates.strangeAuthority());
                whileTrustIsRead = this;
            }
        };

        assertThrows(IllegalArgumentException.class, profile::reload);

        assertEquals(List.of(TestCertificates.authority().certificate()), profile.trusted());
        whileTrustIsRead = () -> {};
        assertEquals(Renewal.TRUST, profile.reload());
    }
}
