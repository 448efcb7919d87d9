// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.DataInputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What clients see when they are not admitted, and how the server reports them. */
@Timeout(60)
class AdmissionOnTheWireTest {
    private static final byte[] PLAIN = {'x'};

    private final CountDownLatch computing = new CountDownLatch(1);
    private final CountDownLatch goOn = new CountDownLatch(1);

    /** The context requests random bytes also when it is created. */
    private volatile boolean begun;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ConnectionMetrics metrics = new ConnectionMetrics();

    @AfterEach
    void letAllGo() {
        goOn.countDown();
    }

    /** Each handshake has a task that waits for the test, and occupies its place meanwhile. */
    private TlsProfile slow() throws Exception {
        TestCertificate certificate = TestCertificates.ec();
        char[] password = TestCertificate.PASSWORD.toCharArray();
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        keys.init(KeyStore.getInstance(certificate.keyStoreFile().toFile(), password), password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, new SecureRandom() {
            private static final long serialVersionUID = 1;

            @Override
            public void nextBytes(byte[] bytes) {
                if (begun) {
                    computing.countDown();
                    awaitTheTest();
                }
                super.nextBytes(bytes);
            }
        });
        return TlsProfile.builder().sslContext(context).build();
    }

    private void awaitTheTest() {
        try {
            goOn.await();
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    private Rig rig(AdmissionLimit limit) throws Exception {
        metrics.bindTo(registry);
        return new Rig(
                Gate.detect(slow()),
                () -> Connection::write,
                settings -> settings.admission(limit).observer(metrics));
    }

    private HalfHandshake begin(Socket socket, String protocol) throws Exception {
        begun = true;
        HalfHandshake client = new HalfHandshake(protocol, it -> {});
        socket.getOutputStream().write(client.wrap());
        return client;
    }

    private static void finish(Socket socket, HalfHandshake client) throws Exception {
        client.readFlight(new DataInputStream(socket.getInputStream()));
        socket.getOutputStream().write(client.response());
        Echoes.leave(socket);
    }

    private long handshakes(String outcome) {
        return registry.find("portcullis.handshakes").tag("outcome", outcome).timers().stream()
                .mapToLong(timer -> timer.count())
                .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @ResourceLock(CapturedLog.RESOURCE)
    @DisplayName(
            "a refused client reads the end and no alert; log, meters and close reason agree; plain connections go on")
    void aFullQueueRefuses(String protocol) throws Exception {
        try (CapturedLog log = CapturedLog.at(Level.INFO);
                Rig rig = rig(new AdmissionLimit(1, 1, Duration.ofMinutes(1)));
                Socket first = rig.connect();
                Socket second = rig.connect();
                Socket third = rig.connect();
                Socket plain = rig.connect()) {
            HalfHandshake one = begin(first, protocol);
            assertTrue(computing.await(20, TimeUnit.SECONDS));
            HalfHandshake two = begin(second, protocol);
            while (rig.dispatcher.statistics().awaitingAdmission() < 1) {
                LockSupport.parkNanos(100_000);
            }
            begin(third, protocol);
            assertEquals(List.of(), HalfHandshake.records(third));
            assertEquals(CloseReason.ADMISSION_REFUSED, rig.nextEnd().reason());
            assertEquals(1, handshakes("ADMISSION_REFUSED"));
            assertEquals(
                    1,
                    log.lines().stream()
                            .filter(line -> line.contains("ADMISSION_REFUSED"))
                            .count(),
                    () -> log.lines().toString());
            plain.getOutputStream().write(PLAIN);
            assertEquals(PLAIN[0], plain.getInputStream().read());
            Echoes.leave(plain);
            assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
            goOn.countDown();
            one.readFlight(new DataInputStream(first.getInputStream()));
            two.readFlight(new DataInputStream(second.getInputStream()));
            assertEquals(0, rig.dispatcher.statistics().awaitingAdmission());
        }
    }

    @Test
    @DisplayName("a client that has waited too long reads the end and no alert")
    void clientsThatWaitTooLongAreDropped() throws Exception {
        try (Rig rig = rig(new AdmissionLimit(1, 1, Duration.ofMillis(100)));
                Socket first = rig.connect();
                Socket second = rig.connect()) {
            HalfHandshake one = begin(first, "TLSv1.3");
            assertTrue(computing.await(20, TimeUnit.SECONDS));
            begin(second, "TLSv1.3");
            assertEquals(List.of(), HalfHandshake.records(second));
            assertEquals(CloseReason.ADMISSION_TIMEOUT, rig.nextEnd().reason());
            assertEquals(1, handshakes("ADMISSION_TIMEOUT"));
            assertEquals(0, rig.dispatcher.statistics().awaitingAdmission());
            goOn.countDown();
            finish(first, one);
        }
    }
}
