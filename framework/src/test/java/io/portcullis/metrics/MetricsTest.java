// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portcullis.Connection;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The meters report exactly what has happened. */
@Timeout(60)
class MetricsTest {
    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final ConnectionMetrics metrics = new ConnectionMetrics(Tags.of("app", "test"));
    private Scenario scenario;

    @BeforeEach
    void start() throws Exception {
        metrics.bindTo(registry);
        scenario = new Scenario(metrics);
    }

    @AfterEach
    void end() {
        scenario.close();
    }

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(tags).gauge().value();
    }

    private double counter(String name, String... tags) {
        return registry.get(name).tags(tags).counter().count();
    }

    private double traffic(String listener, String direction, String layer) {
        return registry.get("portcullis.traffic")
                .tags("listener", listener, "direction", direction, "layer", layer)
                .functionCounter()
                .count();
    }

    /** Waits for values that are counted a moment later, or only checked once in a while. */
    private static void await(double expected, java.util.function.DoubleSupplier value) {
        while (value.getAsDouble() != expected) {
            LockSupport.parkNanos(100_000);
        }
    }

    @Test
    void connectionsAreCountedByListenerAndMode() throws Exception {
        Connection plain = scenario.plain(10);
        Connection upgraded = scenario.upgraded();
        try (Socket secured = scenario.secured()) {
            await(1, () -> gauge("portcullis.connections.active", "listener", "mixed", "mode", "plain"));
            await(1, () -> gauge("portcullis.connections.active", "listener", "mixed", "mode", "upgraded"));
            await(1, () -> gauge("portcullis.connections.active", "listener", "tls", "mode", "tls"));
            await(1, () -> gauge("portcullis.connections.active", "listener", "client", "mode", "upgraded"));
            assertEquals(0, gauge("portcullis.connections.active", "listener", "tls", "mode", "opening"));
            assertTrue(secured.isConnected());
            scenario.refused();
            await(1, () -> counter("portcullis.connections.refused", "listener", "mixed", "limit", "CONNECTIONS"));
        }
        plain.close();
        upgraded.close();
        scenario.awaitConnections(0);
        await(0, () -> gauge("portcullis.connections.active", "listener", "mixed", "mode", "plain"));
        assertEquals(2, counter("portcullis.connections.accepted", "listener", "mixed", "app", "test"));
        assertEquals(1, counter("portcullis.connections.accepted", "listener", "tls"));
        assertEquals(2, counter("portcullis.connections.closed", "listener", "mixed", "reason", "PEER_CLOSE"));
        assertEquals(2, counter("portcullis.connections.closed", "listener", "client", "reason", "LOCAL_CLOSE"));
    }

    @Test
    void handshakesAreTimedByOutcome() throws Exception {
        scenario.secured().close();
        scenario.awaitConnections(0);
        scenario.failed();
        scenario.awaitConnections(0);
        var success = registry.get("portcullis.handshakes")
                .tags("listener", "tls", "outcome", "SUCCESS", "protocol", "TLSv1.3", "resumed", "false")
                .timer();
        assertEquals(1, success.count());
        assertTrue(success.totalTime(TimeUnit.NANOSECONDS) > 0);
        assertTrue(String.valueOf(success.getId().getTag("suite")).startsWith("TLS_"));
        assertTrue(!"none".equals(success.getId().getTag("group")));
        assertEquals(
                1,
                registry.get("portcullis.handshakes")
                        .tags("listener", "tls", "outcome", "PLAIN_HTTP", "protocol", "none")
                        .timer()
                        .count());
    }

    @Test
    void bytesAreThoseOfLivingAndEndedConnections() throws Exception {
        Connection first = scenario.plain(1000);
        await(1000, () -> traffic("mixed", "in", "network"));
        first.close();
        scenario.awaitConnections(0);
        Connection second = scenario.plain(500);
        await(1500, () -> traffic("mixed", "in", "application"));
        await(1500, () -> traffic("mixed", "out", "network"));
        await(1500, () -> traffic("client", "out", "application"));
        second.close();
        scenario.awaitConnections(0);
        await(1500, () -> traffic("client", "in", "network"));
        try (Socket secured = scenario.secured()) {
            await(1, () -> traffic("tls", "in", "application"));
            assertTrue(traffic("tls", "in", "network") > 100, "a handshake is more");
            assertTrue(secured.isConnected());
        }
    }

    @Test
    void theDispatcherReportsItsThreadsTurnsAndBuffers() throws Exception {
        new DispatcherMetrics(scenario.dispatcher).bindTo(registry);
        double before =
                registry.get("portcullis.dispatcher.turns").functionCounter().count();
        Connection connection = scenario.plain(1);
        assertTrue(registry.get("portcullis.dispatcher.turns").functionCounter().count() >= before + 4);
        assertEquals(scenario.dispatcher.statistics().threads(), gauge("portcullis.dispatcher.threads"));
        assertTrue(gauge("portcullis.buffers.leased") >= 2, "both ends wait with one lease each");
        assertEquals(0, gauge("portcullis.admission.waiting"));
        connection.close();
        scenario.awaitConnections(0);
        assertEquals(0, gauge("portcullis.buffers.leased"));
    }

    @Test
    void certificatesTellHowLongTheyAreValid() {
        Instant end = TestCertificates.ec().certificate().getNotAfter().toInstant();
        Clock clock = Clock.fixed(end.minus(Duration.ofDays(3)), ZoneOffset.UTC);
        new CertificateMetrics(scenario.server, Tags.empty(), clock).bindTo(registry);
        double remaining = registry.get("portcullis.certificate.remaining")
                .tags("listener", "tls", "host", "localhost")
                .timeGauge()
                .value(TimeUnit.DAYS);
        assertEquals(3, remaining, 0.1);
    }

    @Test
    @DisplayName("a scrape walks all certificates once, however many gauges it reads")
    void aScrapeWalksAllCertificatesOnce() throws Exception {
        AtomicInteger walks = new AtomicInteger();
        Thread scraping = Thread.currentThread();
        TlsProfile profile = TestCertificates.serverBuilder()
                .certificate(
                        TestCertificates.other().key(), TestCertificates.other().certificate())
                .build();
        Gate counted = new Gate() {
            @Override
            public Decision decide(Peer peer) {
                return Decision.tls(profile);
            }

            @Override
            public Collection<TlsProfile> profiles() {
                // A server also checks its certificates, on a thread of its own.
                if (Thread.currentThread() == scraping) {
                    walks.incrementAndGet();
                }
                return List.of(profile);
            }
        };
        try (Dispatcher dispatcher = Dispatcher.builder().threads(2).build()) {
            Server server = Server.builder(dispatcher)
                    .listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), counted)
                    .handler(() -> Connection::write)
                    .start();
            AtomicLong time = new AtomicLong();
            new CertificateMetrics(server, Tags.empty(), Clock.systemUTC(), time::get).bindTo(registry);
            Collection<TimeGauge> gauges =
                    registry.get("portcullis.certificate.remaining").timeGauges();
            assertEquals(2, gauges.size());
            for (int scrape = 1; scrape <= 3; scrape++) {
                time.addAndGet(TimeUnit.SECONDS.toNanos(1));
                walks.set(0);
                gauges.forEach(gauge -> assertTrue(gauge.value(TimeUnit.DAYS) > 0));
                assertEquals(1, walks.get(), "scrape " + scrape);
            }
        }
    }

    @Test
    void theyAreBoundOnce() {
        assertThrows(IllegalStateException.class, () -> metrics.bindTo(registry));
    }

    @Test
    void withoutARegistryNothingIsCountedAndNothingFails() throws Exception {
        ConnectionMetrics unbound = new ConnectionMetrics();
        try (Scenario other = new Scenario(unbound)) {
            other.plain(1).close();
            other.failed();
            other.awaitConnections(0);
        }
        assertEquals(
                0, registry.find("portcullis.connections.accepted").meters().size());
    }
}
