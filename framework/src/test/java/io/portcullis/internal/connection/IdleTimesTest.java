// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.portcullis.Idle;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class IdleTimesTest {
    private static final long NEVER = 1_000_000;

    private final IdleTimes times = new IdleTimes(NEVER, 0);

    @Test
    @DisplayName("a timeout shorter than the timer's granularity does not hide the other deadlines")
    void theEarliestDeadlineWins() {
        times.set(Idle.READ, 1, 0);
        times.set(Idle.WRITE, 100, 0);
        assertEquals(Idle.READ, times.take(50, NEVER));
        times.notified(Idle.READ, 50);
        assertEquals(Idle.READ, times.take(200, 150));
        times.notified(Idle.READ, 200);
        assertEquals(Idle.WRITE, times.take(210, 150));
        times.notified(Idle.WRITE, 210);
        assertNull(times.take(220, 150), "the other deadline has passed earlier than that of the read side");
        assertEquals(Idle.READ, times.take(220, NEVER));
    }

    @Test
    void aDirectionIsReportedOnceUntilItIsNotified() {
        times.set(Idle.READ, 10, 0);
        assertEquals(Idle.READ, times.take(10, NEVER));
        assertNull(times.take(NEVER - 1, NEVER));
        times.notified(Idle.READ, 30);
        assertEquals(40, times.passes());
    }
}
