// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.Connection;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Peer;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The expiry of certificates is announced. */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
@SuppressWarnings("try") // closed in the middle of a test
class CertificateCalendarTest {
    private final CapturedLog log = CapturedLog.at(Level.INFO);
    private final TlsProfile profile = TlsProfile.builder()
            .certificate(TestCertificates.ec().key(), TestCertificates.ec().certificate())
            .build();
    private final Instant end = profile.certificates().get(0).getNotAfter().toInstant();
    private final SetClock clock = new SetClock();

    /** A clock that stands still. */
    private static final class SetClock extends Clock {
        private Instant now = Instant.EPOCH;

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    }

    @AfterEach
    void restore() {
        log.close();
    }

    private List<Level> logged() {
        return log.events().stream()
                .filter(event -> event.getLoggerName().equals(CertificateCalendar.class.getName()))
                .map(ILoggingEvent::getLevel)
                .toList();
    }

    private void awaitLine() {
        while (logged().isEmpty()) {
            assertFalse(Thread.interrupted(), "nothing was announced before the test timed out");
            Thread.onSpinWait();
        }
    }

    @Test
    @DisplayName(
            "expiry is announced 30, 7 and 1 days before and when it happens, once each, however often it is checked")
    void announcesItFourTimes() {
        CertificateCalendar calendar = new CertificateCalendar(() -> List.of(profile, profile), clock);
        List<Integer> lines = new ArrayList<>();
        for (int hours = 40 * 24; hours >= -48; hours--) {
            clock.now = end.minus(Duration.ofHours(hours));
            calendar.look();
            if (hours % (24 * 5) == 0 || hours == 24) {
                lines.add(logged().size());
            }
        }
        assertEquals(
                List.of(0, 0, 1, 1, 1, 1, 1, 2, 3, 4), lines, "40, 35, 30, 25, 20, 15, 10, 5, 1 and 0 days before");
        assertEquals(List.of(Level.INFO, Level.WARN, Level.WARN, Level.ERROR), logged());
    }

    @Test
    void announcesOnlyTheLastDueDateAndNoReplacedCertificate() {
        clock.now = end.minus(Duration.ofDays(5));
        List<TlsProfile> profiles = new ArrayList<>(List.of(profile));
        CertificateCalendar calendar = new CertificateCalendar(() -> profiles, clock);
        calendar.look();
        assertEquals(List.of(Level.WARN), logged());
        profiles.clear();
        clock.now = end.plus(Duration.ofDays(1));
        calendar.look();
        assertEquals(1, logged().size());
    }

    @Test
    @DisplayName("a server that starts announces certificates about to expire, but not on the caller's thread")
    void aServerChecksAtItsStart() throws Exception {
        LinkedBlockingQueue<Thread> looks = new LinkedBlockingQueue<>();
        clock.now = end.minus(Duration.ofHours(5));
        Gate gate = new Gate() {
            @Override
            public Decision decide(Peer peer) {
                return Decision.tls(profile);
            }

            @Override
            public List<TlsProfile> profiles() {
                looks.add(Thread.currentThread());
                return List.of(profile);
            }
        };
        try (Rig ignored = new Rig(gate, () -> Connection::write, settings -> settings.clock(clock))) {
            Thread looked = looks.poll(20, TimeUnit.SECONDS);
            while (Thread.currentThread().equals(looked)) { // start() itself calls the gate for other reasons
                looked = looks.poll(20, TimeUnit.SECONDS);
            }
            assertTrue(looked != null);
            awaitLine();
        }
        assertEquals(List.of(Level.WARN), logged());
    }

    @Test
    @DisplayName("a new client announces that its certificate is about to expire, and stops checking once it is closed")
    void aClientChecksWhenItIsCreated() throws Exception {
        clock.now = end.minus(Duration.ofHours(5));
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client =
                        Client.builder(dispatcher).tls(profile).clock(clock).build()) {
            awaitLine();
            client.close();
            client.closed().get(20, TimeUnit.SECONDS);
        }
        assertEquals(List.of(Level.WARN), logged());
    }
}
