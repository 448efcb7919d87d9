// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.samples.operations.Operations;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server whose certificate expires while it runs keeps serving, because clients that ignore the date still need it,
 * and because another instance would have the same certificate; but its operators are notified. The log is tested in
 * the framework's {@code CertificateCalendarTest}.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ExpiredCertificateIT {
    /** The time from creation until expiry: a profile rejects a certificate that has already expired. */
    private static final Duration LEFT = Duration.ofSeconds(5);

    private static SelfSignedCertificate expiring() {
        Date end = SelfSignedCertificate.create().certificate().getNotAfter();
        Duration tooLong = Duration.between(Instant.now().plus(LEFT), end.toInstant());
        return SelfSignedCertificate.builder()
                .clock(Clock.offset(Clock.systemUTC(), tooLong.negated()))
                .build();
    }

    private static InetSocketAddress address(SampleServers servers, ListenerKind kind) {
        return Objects.requireNonNull(servers.addresses().get(kind), kind.label());
    }

    private static String ask(Wire wire, SampleServers servers, ListenerKind kind, String path) throws Exception {
        try (Socket socket = wire.connect(address(servers, kind))) {
            socket.getOutputStream()
                    .write(("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                            .getBytes(US_ASCII));
            return Fetch.rest(socket);
        }
    }

    @Test
    @DisplayName("a server stays in service with an expired certificate, which the dashboard and the meter report")
    void staysReadyAndReportsIt() throws Exception {
        Map<ListenerKind, InetSocketAddress> where = new EnumMap<>(ListenerKind.class);
        for (ListenerKind kind : List.of(ListenerKind.PLAIN, ListenerKind.TLS, ListenerKind.OPERATIONS)) {
            where.put(kind, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        }
        SelfSignedCertificate made = expiring();
        TlsProfile profile =
                TlsProfile.builder().certificate(made.key(), made.certificate()).build();
        try (Operations site = new OperationsOptions().site(true);
                SampleServers servers =
                        SampleServers.start(where, profile, null, site.forEverybody(), site, site::observe, null);
                Browser browser = new Browser()) {
            site.started(servers.dispatcher(), servers.server());
            int port = address(servers, ListenerKind.OPERATIONS).getPort();
            browser.open("http://127.0.0.1:" + port + "/dashboard");
            browser.await(
                    "the end of the certificate",
                    () -> browser.texts("#certificates td.bad").contains("expired"));
            String metrics = ask(Wire.PLAIN, servers, ListenerKind.OPERATIONS, "/metrics");
            assertTrue(
                    metrics.contains(
                            "\nportcullis_certificate_remaining_seconds{host=\"localhost\",listener=\"tls\"} -"),
                    metrics);
            for (ListenerKind kind : where.keySet()) {
                Wire wire = kind == ListenerKind.TLS ? Wire.TLS_1_3 : Wire.PLAIN;
                assertTrue(ask(wire, servers, kind, "/ready").startsWith("HTTP/1.1 200 OK\r\n"), kind.label());
            }
        }
    }
}
