// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.loop.LoopInsides;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.Requests.Verdict;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What happens to a write that is processed in a turn, depending on the state when it was requested and the state then.
 */
class RequestsTest {
    private final List<Runnable> turns = new ArrayList<>();
    private final Strand strand =
            LoopInsides.strandAtOnce(signals -> turns.remove(0).run());
    private final Requests requests = new Requests(strand);

    private final long before = requests.standing();

    @Test
    void whatWasAcceptedIsWrittenAlthoughAnEndIsAskedForBehindIt() {
        requests.requestEnd();
        requests.requestClose();
        assertEquals(Verdict.ACCEPTED, requests.verdict(before));
        assertEquals(Verdict.ENDED, requests.verdict(requests.standing()));
    }

    @Test
    void nothingIsWrittenWhenTheOutputHasEnded() {
        requests.shutdownOutput();
        assertEquals(Verdict.ENDED, requests.verdict(before));
    }

    @Test
    void whatWasAskedForBeforeOrDuringAChangeIsNotWrittenBehindIt() {
        assertTrue(requests.requestChange(true));
        long during = requests.standing();
        assertEquals(Verdict.ACCEPTED, requests.verdict(before), "before the change, which has not begun");
        assertEquals(Verdict.CHANGES, requests.verdict(during));
        requests.changeBegins();
        assertEquals(Verdict.CHANGES, requests.verdict(before));
        requests.changeOver();
        assertEquals(Verdict.CHANGES, requests.verdict(before));
        assertEquals(Verdict.CHANGES, requests.verdict(during));
        assertEquals(Verdict.ACCEPTED, requests.verdict(requests.standing()));
    }

    @Test
    void whatAChangeHasRefusedFailsForTheEndIfThatIsAskedForMeanwhile() {
        assertTrue(requests.requestChange(false));
        long during = requests.standing();
        requests.requestClose();
        assertEquals(Verdict.ENDED, requests.verdict(during));
    }

    @Test
    void aChangeThatWasNoneLetsWhatWasAcceptedBeforePass() {
        assertTrue(requests.requestChange(false));
        requests.changeOver();
        assertEquals(Verdict.ACCEPTED, requests.verdict(before));
    }

    @Test
    void oneChangeAtATimeAndOnlyTheFirstSaysWhetherItIsToTls() {
        assertTrue(requests.requestChange(false));
        assertFalse(requests.requestChange(true));
        assertFalse(requests.changesToTls());
        requests.changeOver();
        assertTrue(requests.requestChange(true));
        assertTrue(requests.changesToTls());
        requests.changeOver();
        assertFalse(requests.changesToTls());
    }

    @Test
    void aWriteArrivesFromTheMomentAtWhichItIsAccepted() {
        assertTrue(requests.nothingArrives());
        requests.accept(1);
        assertTrue(requests.requestChange(false));
        assertFalse(requests.nothingArrives());
        assertEquals(Verdict.ACCEPTED, requests.verdict(before), "before the change, which has not begun");
        requests.arrived();
        assertTrue(requests.nothingArrives());
    }

    @Test
    void manyChangesRequestNoEnd() {
        for (int i = 0; i < 1000; i++) {
            assertTrue(requests.requestChange(i % 2 == 0));
            requests.changeBegins();
            requests.changeOver();
            assertFalse(requests.closeRequested() || requests.outputEnded() || requests.changesToTls());
        }
        assertFalse(Requests.refuses(requests.standing()));
    }

    @Test
    void isWrittenAtOnceOnlyInATurnWithNothingPending() {
        assertFalse(requests.mayWriteNow());
        List<Boolean> may = new ArrayList<>();
        turns.add(() -> {
            may.add(requests.mayWriteNow());
            requests.accept(10);
            may.add(requests.mayWriteNow());
            requests.arrived();
            may.add(requests.mayWriteNow());
            requests.requestEnd();
            may.add(requests.mayWriteNow());
        });
        strand.signal(Signal.MESSAGE);
        assertEquals(List.of(true, false, true, false), may);
    }
}
