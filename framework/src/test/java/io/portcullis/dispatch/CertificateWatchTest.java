// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.tls.CertificateFiles;
import io.portcullis.tls.Renewal;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;

/** Certificates whose files change while a server runs. */
@Timeout(120)
class CertificateWatchTest {
    @TempDir
    private Path folder;

    private CertificateFiles files;

    @BeforeEach
    void write() throws Exception {
        files = new CertificateFiles(folder).write(TestCertificates.ec());
    }

    private static List<CertificateReload> get(CompletableFuture<List<CertificateReload>> look) throws Exception {
        return look.get(30, TimeUnit.SECONDS);
    }

    /** Echoes one byte in a new session, and returns the certificate that was presented. */
    private static Object connect(int port) throws Exception {
        SSLContext context = TestCertificates.jdkClientContext();
        try (SSLSocket socket = (SSLSocket)
                context.getSocketFactory().createSocket(Rig.loopback(port).getAddress(), port)) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(42);
            assertEquals(42, socket.getInputStream().read());
            return socket.getSession().getPeerCertificates()[0];
        }
    }

    /** Does the work while three threads connect again and again and count their connects. */
    private static void underLoad(int port, AtomicInteger handshakes, Callable<Void> work) throws Exception {
        ExecutorService clients = Executors.newFixedThreadPool(3);
        AtomicBoolean over = new AtomicBoolean();
        List<Future<Void>> loads = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                loads.add(clients.submit(() -> {
                    while (!over.get()) {
                        connect(port);
                        handshakes.incrementAndGet();
                    }
                    return null;
                }));
            }
            work.call();
            over.set(true);
            for (Future<Void> load : loads) {
                load.get();
            }
        } finally {
            over.set(true);
            clients.shutdown();
        }
    }

    private void renew(TlsProfile profile, TestCertificate next) throws Exception {
        files.write(next);
        while (!profile.certificates().equals(List.of(next.certificate()))) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Test
    @DisplayName(
            "R32 no handshake fails while certificates change under load, and in the end the latest ones are presented")
    void nothingFailsUnderLoad() throws Exception {
        TlsProfile profile = files.server().build();
        BlockingQueue<CertificateReload> outcomes = new LinkedBlockingQueue<>();
        try (Rig rig = new Rig(
                Gate.tls(profile),
                () -> Connection::write,
                settings -> settings.reloadCertificates(Duration.ofMillis(1), outcomes::add))) {
            AtomicInteger handshakes = new AtomicInteger();
            underLoad(rig.port(), handshakes, () -> {
                for (int i = 1; i <= 10; i++) {
                    renew(profile, i % 2 == 0 ? TestCertificates.ec() : TestCertificates.rsa());
                    while (handshakes.get() < 3 * i) {
                        LockSupport.parkNanos(100_000);
                    }
                }
                return null;
            });
            assertEquals(TestCertificates.ec().certificate(), connect(rig.port()));
        }
        assertEquals(
                10,
                outcomes.stream()
                        .filter(outcome -> outcome.renewal() == Renewal.CERTIFICATES)
                        .count());
    }

    /** The lines of the watch; a dispatcher also logs at its start. */
    private static List<String> lines(CapturedLog log) {
        return log.events().stream()
                .filter(event -> event.getLoggerName().equals(CertificateWatch.class.getName()))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    @Test
    @ResourceLock(CapturedLog.RESOURCE)
    void aTrustFileTruncatedBetweenAuthoritiesIsLoadedWithAWarningThatNamesTheLostOne() throws Exception {
        String kept = Files.readString(TestCertificates.authority().chainFile());
        Files.writeString(
                files.trust(),
                kept + Files.readString(TestCertificates.strangeAuthority().chainFile()));
        TlsProfile profile = files.server().trust(files.trust()).build();
        Files.writeString(files.trust(), kept);
        try (CapturedLog log = CapturedLog.at(Level.WARN)) {
            assertEquals(Renewal.TRUST, profile.reload());
            List<String> lines = log.lines().stream()
                    .filter(line -> line.contains("no longer trusted"))
                    .toList();
            assertEquals(1, lines.size(), lines::toString);
            assertTrue(lines.get(0).contains("CN=Strange authority"), lines::toString);
            assertFalse(lines.get(0).contains("CN=Portcullis test authority"), lines::toString);
        }
    }

    @Test
    @ResourceLock(CapturedLog.RESOURCE)
    void theOutcomeCanBeAwaitedAndIsLoggedOnce() throws Exception {
        TlsProfile profile = files.server().build();
        try (CapturedLog log = CapturedLog.at(Level.INFO);
                Rig rig = new Rig(Gate.detect(profile), () -> Connection::write)) {
            assertEquals(
                    Renewal.UNCHANGED,
                    get(rig.server.reloadCertificates()).get(0).renewal());
            assertEquals(List.of(), lines(log));
            files.write(TestCertificates.rsa());
            CertificateReload renewed = get(rig.server.reloadCertificates()).get(0);
            assertEquals(Renewal.CERTIFICATES, renewed.renewal());
            assertEquals(profile, renewed.profile());
            assertEquals(TestCertificates.rsa().certificate(), connect(rig.port()));
            Files.writeString(files.key(), "nonsense");
            for (int i = 0; i < 3; i++) {
                CertificateReload refused = get(rig.server.reloadCertificates()).get(0);
                assertTrue(refused.failure().isPresent(), "each time");
                assertEquals(TestCertificates.rsa().certificate(), connect(rig.port()));
            }
            files.write(TestCertificates.ec());
            get(rig.server.reloadCertificates());
            List<String> lines = lines(log);
            assertEquals(3, lines.size(), lines::toString);
            assertTrue(lines.get(0).startsWith("certificates reloaded: "), lines::toString);
            assertTrue(
                    lines.get(1).contains("cannot be reloaded") && lines.get(1).contains("tls.key"), lines::toString);
        }
    }

    @Test
    void aSeparateWatchRenewsClientProfiles() throws Exception {
        TlsProfile profile = TestCertificates.jdkClientBuilder()
                .certificate(files.certificate(), files.key())
                .build();
        BlockingQueue<CertificateReload> outcomes = new LinkedBlockingQueue<>();
        try (TestDispatcher test = new TestDispatcher(1)) {
            CertificateWatch watch =
                    CertificateWatch.start(test.dispatcher, Duration.ofMillis(1), List.of(profile), outcomes::add);
            files.write(TestCertificates.client());
            CertificateReload outcome = outcomes.poll(30, TimeUnit.SECONDS);
            while (outcome != null && outcome.failure().isPresent()) {
                outcome = outcomes.poll(30, TimeUnit.SECONDS);
            }
            assertEquals(List.of(TestCertificates.client().certificate()), profile.certificates());
            watch.close();
            assertFalse(get(watch.checkNow()).isEmpty(), "checkNow() still works");
            test.dispatcher.close();
            test.dispatcher.closed().get(30, TimeUnit.SECONDS);
            awaitRefusal(watch);
            assertThrows(ExecutionException.class, () -> get(watch.checkNow()));
        }
    }

    /** The thread that answered the last check may not have ended yet, and then takes up a check that comes in time. */
    private static void awaitRefusal(CertificateWatch watch) throws Exception {
        boolean refused = false;
        while (!refused) {
            try {
                get(watch.checkNow());
            } catch (ExecutionException expected) {
                refused = true;
            }
        }
    }

    @Test
    void zeroTimeIsRefused() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server.Builder builder = Server.builder(test.dispatcher);
            assertThrows(IllegalArgumentException.class, () -> builder.reloadCertificates(Duration.ZERO));
            List<TlsProfile> none = List.of();
            assertThrows(
                    IllegalArgumentException.class,
                    () -> CertificateWatch.start(test.dispatcher, Duration.ofSeconds(-1), none, outcome -> {}));
        }
    }

    /** A half-written file may look like a whole one. */
    @Test
    void aFileBeingWrittenIsNotLoaded() throws Exception {
        files.write(TestCertificates.issued());
        files.writeTrust(TestCertificates.authority());
        TlsProfile profile = files.server().trust(files.trust()).build();
        TestCertificate next = TestCertificates.ec();
        String whole = Files.readString(files.certificate());
        try (Rig rig = new Rig(Gate.tls(profile), () -> Connection::write)) {
            CertificateWatch watch =
                    new CertificateWatch(rig.dispatcher.machine(), () -> List.of(profile), outcome -> {});
            get(watch.lookForSettled());
            Files.copy(next.keyFile(), files.key(), StandardCopyOption.REPLACE_EXISTING);
            for (String part : List.of(next.chainPem() + whole, next.chainPem(), next.chainPem() + whole + whole)) {
                Files.writeString(files.certificate(), part);
                CertificateReload outcome = get(watch.lookForSettled()).get(0);
                assertEquals(Renewal.UNCHANGED, outcome.renewal());
                assertFalse(outcome.failure().isPresent());
                assertEquals(List.of(TestCertificates.issued().certificate()), profile.certificates());
            }
            assertEquals(
                    Renewal.CERTIFICATES, get(watch.lookForSettled()).get(0).renewal());
            assertEquals(next.certificate(), connect(rig.port()));
            files.write(TestCertificates.rsa());
            assertEquals(
                    Renewal.CERTIFICATES,
                    get(watch.checkNow()).get(0).renewal(),
                    "checkNow() asserts that the files are complete");
        }
    }

    @Test
    @DisplayName(
            "R32 a profile whose files cannot be read does not keep others from being renewed, whatever the files are")
    void oneBadFileStopsNoOther() throws Exception {
        CertificateFiles others = new CertificateFiles(Files.createDirectory(folder.resolve("others")));
        others.write(TestCertificates.ec());
        TlsProfile bad = files.server().build();
        TlsProfile good = others.server().build();
        try (RandomAccessFile sparse = new RandomAccessFile(files.certificate().toFile(), "rw")) {
            sparse.setLength(3L << 30);
        }
        others.write(TestCertificates.rsa());
        try (TestDispatcher test = new TestDispatcher(1)) {
            CertificateWatch watch =
                    new CertificateWatch(test.dispatcher.machine(), () -> List.of(bad, good), outcome -> {});
            List<CertificateReload> outcomes = get(watch.checkNow());
            assertTrue(outcomes.get(0).failure().isPresent());
            assertEquals(Renewal.CERTIFICATES, outcomes.get(1).renewal());
        }
    }
}
