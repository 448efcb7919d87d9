// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import org.junit.jupiter.api.Test;

/** Failures that the explorer has found, as it has printed them. */
class FoundProgramsTest {
    /** Written bytes are lost, so the end is not the graceful one that was requested first. */
    @Test
    void anAbortAfterACloseIsAnAbort() {
        Explorer.replay("""
                PLAIN NONE strand 16384 65536 1048576
                WRITE_DIRECT 1
                CLOSE
                ABORT
                """);
    }

    /** The same, by a completion that throws. */
    @Test
    void aFailureAfterACloseIsAFailure() {
        Explorer.replay("""
                PLAIN NONE strand 16384 65536 1048576
                answer:
                answer: FAIL
                SEND_DIRECT 1
                WRITE_DIRECT 2048
                CLOSE
                PEER_TAKES 1
                """);
    }

    /** Unread bytes are presented again, and the end after them, whether any of them are consumed or not. */
    @Test
    void theEndOfTheInputIsReportedAfterUnreadBytes() {
        Explorer.replay("""
                PLAIN NONE strand 16384 65536 1048576
                answer:
                answer: PAUSE from turn
                answer:
                PEER_SENDS 1
                PEER_ENDS
                """);
    }

    /** A refused switch fails with the reason itself, on an executor, too. */
    @Test
    void aSwitchRefusedOnAnExecutorFailsItsFuture() {
        Explorer.replay("""
                DETECT NONE executor 16384 65536 1048576
                START_TLS
                SEND_FILE 1
                END_OUTPUT
                PEER_SENDS 1
                """);
    }

    /**
     * A write that had to wait for another thread's switch, which was then refused, is not overtaken by the next one.
     */
    @Test
    void noWriteOvertakesOneThatHadToWait() {
        Explorer.replay("""
                FRAMES NONE strand 16384 65536 1048576
                answer:
                answer: EXECUTE, START_TLS from thread
                answer: SEND_DIRECT 3
                answer: SEND_DIRECT 4
                PEER_SENDS 1024
                """);
    }

    /** A handler that is notified of the failure of TLS may end the connection then, which does not continue. */
    @Test
    void aCallbackThatIsRefusedWhileTlsFailsEndsTheConnection() {
        Explorer.replay("""
                PLAIN NONE executor 16384 65536 1048576
                REFUSE_CALLBACKS 0
                START_TLS
                PEER_SENDS 1
                """);
    }

    /** As many records without data as are tolerated, followed by the one that ends the stream. */
    @Test
    void theEndOfTheStreamIsNoPartOfAFlood() {
        Explorer.replay("""
                LATER_TLS NONE strand 16384 65536 1048576
                PEER_FLOODS 32
                DECIDE
                """);
    }

    /** A write of another thread that was accepted before one of a turn is sent before it. */
    @Test
    void noWriteOfATurnOvertakesThatOfAnotherThread() {
        Explorer.replay("""
                FRAMES NONE strand 16384 65536 1048576
                answer: WRITE_READ_ONLY 1
                then: WRITE_READ_ONLY 1 from thread
                AWAIT_SECURED
                """);
    }

    /**
     * A handler that ends the output when it is notified of the peer's end wants nothing more, even if the peer has
     * ended both directions.
     */
    @Test
    void anEndOfTheOutputAfterAnEndOfBothEndsTheConnection() {
        Explorer.replay("""
                FRAMES TLS12 strand 16384 65536 1048576
                answer:
                answer: END_OUTPUT
                """);
    }

    /**
     * An end of the output that was requested before the connection is open waits for a switch that onOpen requests.
     */
    @Test
    void anEndOfTheOutputWaitsForASwitchRequestedInOnOpen() {
        Explorer.replay("""
                FRAMES NONE strand 16384 65536 1048576
                answer: STOP_TLS
                END_OUTPUT
                """);
    }

    /** The end of the peer's TLS that arrived while too much was pending is read when all of that is sent. */
    @Test
    void thePeersEndThatHadToWaitForTheOutputEndsTheChange() {
        Explorer.replay("""
                FRAMES NONE strand 16384 65536 1048576
                TASKS_DONE
                WRITE 100000
                STOP_TLS
                PEER_ENDS
                """);
    }

    /**
     * Bytes that arrived while the connection was paused are presented to a completion that resumes it after everything
     * was presented.
     */
    @Test
    void unreadBytesArePresentedAfterALateResume() {
        Explorer.replay("""
                DETECT TLS13 strand 16384 65536 1048576
                answer: SEND_DIRECT 0
                answer: RESUME
                PAUSE
                PEER_SENDS 1
                """);
    }

    /** A relay counts the buffers that it fills, not the few bytes that may be in each. */
    @Test
    void aRelayHoldsNoMoreForASenderOfShortPieces() {
        Explorer.replay("""
                RELAY AT_ONCE strand
                PEER_SENDS 300000
                LONGEST 20000
                TARGET_CONNECTS
                TARGET_SENDS 300000
                """);
    }

    /** A deadline of the phase that an abort has ended does not apply to the operations that are pending then. */
    @Test
    void anAbortInTheTurnOfADeadlineWaitsForItsWrite() {
        Explorer.replay("""
                RELAY AT_ONCE strand
                TARGET_CONNECTS
                TARGET_SENDS 1
                CLOSE
                LONGEST 0
                PEER_SENDS 100
                INLINE 0
                ABORT
                PASS 20000
                """);
    }

    /** A write accepted while another was on its way to the strand is sent before a switch back to plaintext. */
    @Test
    void aWriteThatWaitsForItsTurnLeavesBeforeStopTls() {
        Explorer.replay("""
                PLAIN NONE strand 16384 65536 1048576
                answer: AWAIT_SECURED
                answer: WRITE_READ_ONLY 1
                then: SEND 0, STOP_TLS
                START_TLS
                """);
    }

    /** The same for a switch to TLS, and a write of another thread. */
    @Test
    void aWriteOfAnotherThreadLeavesBeforeStartTls() {
        Explorer.replay("""
                PLAIN TLS13 strand 16384 65536 1048576
                answer: WRITE 1 from thread, START_TLS
                """);
    }

    /** An end of input that waits for a thread of the executor comes to the next handler once. */
    @Test
    void aQueuedEndOfInputIsDeliveredOnce() {
        Explorer.replay("""
                PLAIN NONE executor 16384 65536 1048576
                answer:
                answer:
                answer:
                CALLBACK
                EXECUTE
                PASS_ON
                PEER_ENDS
                """);
    }

    /** A write of another thread is refused once the connection closes because it was idle. */
    @Test
    void noWriteIsAcceptedAfterAnIdleConnectionWasGivenUp() {
        Explorer.replay("""
                PLAIN NONE strand 16384 65536 1048576
                answer:
                answer:
                answer:
                answer:
                answer: PASS_ON
                answer: WRITE_DIRECT 1 from thread
                """);
    }

    /** What a handler has left unread comes to the next one in front of an end that was received meanwhile. */
    @Test
    void noEndOvertakesUnreadBytesOfAReplacedHandler() {
        Explorer.replay("""
                PLAIN NONE executor 16384 65536 1048576
                answer:
                answer: SEND_LENT 0
                answer: SEND 0
                answer: PASS_ON
                PEER_SENDS 1
                PEER_ENDS
                """);
    }

    /** The reply to a violation waits for its turn; the output may have ended by then. */
    @Test
    void aReplyBehindTheEndOfTheOutputIsDropped() {
        Explorer.replay("""
                FRAMES TLS12 strand 16384 65536 1048576
                answer:
                answer: BLAME_WITH_REPLY 1
                """);
    }

    /** A file whose connection ends within the call fails before a write that follows from the end. */
    @Test
    void aFileFailsInItsTurnEvenIfItsCallEndsTheConnection() {
        Explorer.replay("""
                LATER_PLAIN NONE executor 16384 65536 1048576
                then: SEND 0
                SCHEDULE 0
                REFUSE_LOAN 1
                SEND_FILE 1
                """);
    }
}
