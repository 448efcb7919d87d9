// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.ReloadOutcome;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TlsProfile;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Meters for the remaining validity of a server's certificates, by listener and host; negative once expired. The
 * profiles of the listeners' gates ({@link io.portcullis.Gate#profiles}) are read whenever the meters are, so renewed
 * certificates and added listeners are picked up automatically. A profile built from an existing {@code SSLContext} has
 * no certificates to show.
 */
public final class CertificateMetrics implements MeterBinder {
    private static final int DNS_NAME = 2;
    private static final String NONE = "none";

    /** How long a result is reused. */
    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(100);

    private final Server server;
    private final Clock clock;
    private final LongSupplier ticker;
    private final Tags tags;
    private final Set<Row> rows = ConcurrentHashMap.newKeySet();

    private volatile Look last;

    private record Row(String listener, String host) {}

    /**
     * The earliest expiry of each row, as of a point in time. Cached because parsing names is costly, and a scrape
     * reads every row.
     */
    private record Look(long time, Map<Row, Instant> ends) {}

    /**
     * Creates meters without additional tags.
     *
     * @param server the server to watch; the registry then keeps a reference to it
     */
    public CertificateMetrics(Server server) {
        this(server, Tags.empty(), Clock.systemUTC());
    }

    /**
     * Creates meters with additional tags.
     *
     * @param server the server to watch; the registry then keeps a reference to it
     * @param tags added to all meters, to distinguish servers
     * @param clock the current time
     */
    public CertificateMetrics(Server server, Iterable<Tag> tags, Clock clock) {
        this(server, tags, clock, System::nanoTime);
    }

    /** Creates meters with a ticker that counts nanoseconds, as {@link System#nanoTime()} does. */
    CertificateMetrics(Server server, Iterable<Tag> tags, Clock clock, LongSupplier ticker) {
        this.server = server;
        this.tags = Tags.of(tags);
        this.clock = clock;
        this.ticker = ticker;
        this.last = new Look(ticker.getAsLong() - MOMENT, Map.of());
    }

    @Override
    public void bindTo(MeterRegistry meters) {
        for (ReloadOutcome outcome : ReloadOutcome.values()) {
            FunctionCounter.builder("portcullis.certificate.reloads", server, it -> it.certificateReloads(outcome))
                    .description("Reloads of changed certificate and trust files, by outcome")
                    .tags(tags.and("outcome", outcome.name()))
                    .register(meters);
        }
        registerRows(meters);
    }

    private void registerRows(MeterRegistry meters) {
        look().keySet().forEach(row -> register(meters, row));
    }

    private void register(MeterRegistry meters, Row row) {
        if (rows.add(row)) {
            TimeGauge.builder("portcullis.certificate.remaining", this, TimeUnit.SECONDS, all -> {
                        all.registerRows(meters);
                        return all.remaining(row);
                    })
                    .description("Time until the first certificate for the host expires; negative once expired")
                    .tags(tags.and("listener", row.listener, "host", row.host))
                    .strongReference(true)
                    .register(meters);
        }
    }

    /** Returns seconds, or NaN if there is no longer such a certificate. */
    private double remaining(Row row) {
        Instant end = look().get(row);
        return end == null ? Double.NaN : Duration.between(clock.instant(), end).toMillis() / 1000.0;
    }

    private Map<Row, Instant> look() {
        Look look = last;
        long now = ticker.getAsLong();
        if (now - look.time >= MOMENT) {
            look = new Look(now, ends());
            last = look;
        }
        return look.ends;
    }

    private Map<Row, Instant> ends() {
        Map<Row, Instant> ends = new HashMap<>();
        for (Listener listener : server.listeners()) {
            for (TlsProfile profile : listener.gate().profiles()) {
                for (X509Certificate certificate : profile.certificates()) {
                    Instant end = certificate.getNotAfter().toInstant();
                    ends.merge(
                            new Row(listener.name(), host(certificate)),
                            end,
                            (one, other) -> one.isBefore(other) ? one : other);
                }
            }
        }
        return ends;
    }

    /** Returns the first DNS name of the certificate (RFC 6125), or its subject if it has none. */
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
