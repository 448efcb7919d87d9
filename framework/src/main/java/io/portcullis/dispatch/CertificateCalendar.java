// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.Work;
import io.portcullis.tls.TlsProfile;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Logs that a certificate is about to expire: once each at 30, 7 and 1 days before, and when it has expired. A
 * certificate that is replaced in time is not logged again. Not thread-safe: never used by two threads at the same
 * time.
 */
final class CertificateCalendar {
    /** The interval between two checks. */
    static final Duration BETWEEN = Duration.ofHours(1);

    private static final Logger LOG = LoggerFactory.getLogger(CertificateCalendar.class);

    private final Supplier<? extends Collection<TlsProfile>> profiles;
    private final Clock clock;
    private final Map<X509Certificate, Notice> logged = new HashMap<>();

    private volatile @Nullable Future<?> next;
    private volatile boolean closed;

    /** The notices, in the order in which they become due. */
    private enum Notice {
        MONTH(Duration.ofDays(30), Level.INFO),
        WEEK(Duration.ofDays(7), Level.WARN),
        DAY(Duration.ofDays(1), Level.WARN),
        EXPIRED(Duration.ZERO, Level.ERROR);

        private final Duration left;
        private final Level level;

        Notice(Duration left, Level level) {
            this.left = left;
            this.level = level;
        }
    }

    CertificateCalendar(Supplier<? extends Collection<TlsProfile>> profiles, Clock clock) {
        this.profiles = profiles;
        this.clock = clock;
    }

    /** Starts a calendar that checks the profiles until a future completes. */
    static void keep(
            GroupMachine machine,
            Supplier<? extends Collection<TlsProfile>> profiles,
            Clock clock,
            CompletableFuture<?> end) {
        CertificateCalendar calendar = new CertificateCalendar(profiles, clock);
        calendar.start(machine);
        var unused = end.thenRun(calendar::close);
    }

    /** Starts to check, immediately and then every hour, on the machine's threads for tasks, until closed. */
    void start(GroupMachine machine) {
        next = machine.repeat(() -> ask(machine), BETWEEN.toNanos());
        ask(machine);
        if (closed) {
            close();
        }
    }

    private void ask(GroupMachine machine) {
        try {
            machine.run(Work.TASK, () -> {
                try {
                    look();
                } catch (Throwable failure) {
                    Guard.quietly(() -> LOG.warn(
                            "cannot check when certificates expire; retrying in an hour", ForeignFailure.of(failure)));
                }
            });
        } catch (RejectedExecutionException tooManyWait) {
            Guard.debug(LOG, "too many tasks wait; certificates are checked in an hour", tooManyWait);
        }
    }

    /** Stops checking. */
    void close() {
        closed = true;
        Future<?> planned = next;
        if (planned != null) {
            planned.cancel(false);
        }
    }

    /** Returns whether another check is scheduled. */
    boolean planned() {
        return next != null;
    }

    /** Checks every certificate, and logs the notices that have become due. */
    void look() {
        Instant now = clock.instant();
        Set<X509Certificate> present = new HashSet<>();
        for (TlsProfile profile : profiles.get()) {
            present.addAll(profile.certificates());
        }
        logged.keySet().retainAll(present);
        present.forEach(certificate -> check(certificate, now));
    }

    private void check(X509Certificate certificate, Instant now) {
        Duration left = Duration.between(now, certificate.getNotAfter().toInstant());
        Notice due = null;
        for (Notice notice : Notice.values()) {
            if (left.compareTo(notice.left) <= 0) {
                due = notice;
            }
        }
        if (due != null && due != logged.put(certificate, due)) {
            log(certificate, due, left);
        }
    }

    private static void log(X509Certificate certificate, Notice notice, Duration left) {
        String subject = ForeignText.of(certificate.getSubjectX500Principal().getName()) + " ("
                + certificate.getPublicKey().getAlgorithm() + ")";
        var date = certificate.getNotAfter().toInstant().atZone(ZoneOffset.UTC).toLocalDate();
        if (notice == Notice.EXPIRED) {
            LOG.atLevel(notice.level)
                    .log("the certificate of {} expired on {}: peers refuse it; renew it", subject, date);
        } else {
            LOG.atLevel(notice.level)
                    .log("the certificate of {} expires in {} hours, on {}: renew it", subject, left.toHours(), date);
        }
    }
}
