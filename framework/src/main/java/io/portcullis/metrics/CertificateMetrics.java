// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.Server;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How long the certificates of a server are still valid, by listener and host: negative when they have expired. It reads the
 * profiles that the listeners' gates name ({@link io.portcullis.Gate#profiles}) whenever somebody looks, so a certificate that was
 * renewed, or a listener that was added, is seen without a word. A profile that was made of a ready {@code SSLContext} has none
 * to show.
 */
public final class CertificateMetrics implements MeterBinder {
    private static final int DNS_NAME = 2;
    private static final String NONE = "none";

    private final Server server;
    private final Clock clock;
    private final Tags tags;
    private final Set<Row> rows = ConcurrentHashMap.newKeySet();

    private record Row(String listener, String host) {}

    /**
     * Meters without further tags.
     *
     * @param server whose certificates to watch; the registry then keeps it
     */
    public CertificateMetrics(Server server) {
        this(server, Tags.empty(), Clock.systemUTC());
    }

    /**
     * Meters with tags.
     *
     * @param server whose certificates to watch; the registry then keeps it
     * @param tags what all meters shall have, to tell one server from another
     * @param clock says what time it is
     */
    public CertificateMetrics(Server server, Iterable<Tag> tags, Clock clock) {
        this.server = server;
        this.tags = Tags.of(tags);
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        for (Listener listener : server.listeners()) {
            certificates(listener)
                    .forEach(certificate -> register(meters, new Row(listener.name(), host(certificate))));
        }
    }

    private void register(MeterRegistry meters, Row row) {
        if (rows.add(row)) {
            TimeGauge.builder("portcullis.certificate.remaining", this, TimeUnit.SECONDS, all -> {
                        all.bindTo(meters);
                        return all.remaining(row);
                    })
                    .description("Until the first certificate for the host expires; negative when it has")
                    .tags(tags.and("listener", row.listener, "host", row.host))
                    .strongReference(true)
                    .register(meters);
        }
    }

    /** In seconds; not a number when there is no such certificate any more. */
    private double remaining(Row row) {
        return server.listeners().stream()
                .filter(listener -> listener.name().equals(row.listener))
                .flatMap(CertificateMetrics::certificates)
                .filter(certificate -> host(certificate).equals(row.host))
                .mapToDouble(certificate -> Duration.between(
                                        clock.instant(),
                                        certificate.getNotAfter().toInstant())
                                .toMillis()
                        / 1000.0)
                .min()
                .orElse(Double.NaN);
    }

    private static Stream<X509Certificate> certificates(Listener listener) {
        return listener.gate().profiles().stream().flatMap(profile -> profile.certificates().stream());
    }

    /** The first DNS name in it (RFC 6125), or else its subject. */
    private static String host(X509Certificate certificate) {
        try {
            Collection<List<?>> names = certificate.getSubjectAlternativeNames();
            if (names != null) {
                for (List<?> name : names) {
                    if (name.get(0).equals(DNS_NAME)) {
                        return String.valueOf(name.get(1));
                    }
                }
            }
        } catch (CertificateParsingException noNames) {
            return NONE;
        }
        return certificate.getSubjectX500Principal().getName();
    }
}
