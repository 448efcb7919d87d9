// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import io.portcullis.internal.accept.AcceptFailures;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What an acceptor does when accepting fails, with a virtual clock. */
@ResourceLock(CapturedLog.RESOURCE)
class AcceptFailuresTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final AcceptFailures failures = new AcceptFailures(machine);
    private final IOException tooManyFiles = new IOException("Too many open files");

    @Test
    @DisplayName("R26 a failed accept is retried after 10 ms, then at growing intervals of up to a second; a success "
            + "resets them")
    void waitsEverLonger() {
        try (CapturedLog log = CapturedLog.at(Level.ERROR)) {
            for (int round = 0; round < 2; round++) {
                List<Long> pauses = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    pauses.add(TimeUnit.NANOSECONDS.toMillis(failures.pause(tooManyFiles)));
                }
                assertEquals(List.of(10L, 20L, 40L, 80L, 160L, 320L, 640L, 1000L, 1000L, 1000L), pauses);
                failures.over();
            }
            assertEquals(List.of(), log.lines());
        }
    }

    @Test
    @DisplayName("R26 one warning is logged per minute, with the number of failures since the last one")
    void warnsOnceAMinute() {
        try (CapturedLog log = CapturedLog.at(Level.WARN)) {
            long end = Duration.ofMinutes(3).toNanos();
            while (machine.now() < end) {
                machine.advance(Duration.ofNanos(failures.pause(tooManyFiles)));
                failures.over();
                machine.advance(Duration.ofMillis(90));
            }
            assertEquals(3, log.lines().size(), () -> log.lines().toString());
            assertEquals(
                    2,
                    log.lines().stream()
                            .filter(line -> line.contains(" 599 more times"))
                            .count(),
                    () -> log.lines().toString());
        }
    }
}
