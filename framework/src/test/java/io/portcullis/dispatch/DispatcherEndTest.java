// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/** A dispatcher has terminated when its last thread has ended. */
@Timeout(60)
class DispatcherEndTest {
    /** When it is closed at once, most of its threads have been started, but have not run yet. */
    @RepeatedTest(200)
    void isNotOverBeforeEveryThreadThatWasStartedHasEnded() throws Exception {
        Dispatcher dispatcher = Dispatcher.builder().threads(16).build();
        dispatcher.close();
        dispatcher.closed().get(20, TimeUnit.SECONDS);
        assertEquals(0, dispatcher.statistics().threads());
    }
}
