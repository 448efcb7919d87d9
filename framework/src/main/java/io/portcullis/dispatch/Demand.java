// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * What the handler wants of the input: whether it has paused, and whether it is to see once more what it has left unread. Touched
 * by the strand alone.
 *
 * <p>What is left unread is not presented again before something has changed: bytes have come, the handler has resumed, or it has
 * been promised to be called again. One that resumes within the callback that was lent the bytes has seen them, and waits for more,
 * unless it has taken some.
 */
final class Demand {
    /** Whether what is unread is to be presented although nothing has come. */
    private enum Again {
        NO,
        /** When no read is outstanding. */
        BETWEEN_READS,
        /** As soon as anything may be delivered. */
        AT_ONCE
    }

    private enum Callback {
        NONE,
        RUNS,
        /** It runs, and has resumed. */
        HAS_RESUMED
    }

    private boolean paused;
    private Again again = Again.NO;
    private Callback callback = Callback.NONE;

    boolean paused() {
        return paused;
    }

    void pause() {
        paused = true;
    }

    /** From elsewhere than the callback that has left something unread, that is presented at once. */
    void resume() {
        if (callback == Callback.NONE) {
            paused = false;
            again = Again.AT_ONCE;
        } else {
            resumeWithinCallback();
        }
    }

    /** From within the callback that is given bytes, wherever it runs. */
    void resumeWithinCallback() {
        paused = false;
        callback = Callback.HAS_RESUMED;
    }

    /** Whoever stops short is called again. */
    void presentAgain() {
        again = Again.AT_ONCE;
    }

    /** The same, but not while a read is outstanding. */
    void presentBetweenReads() {
        again = again == Again.NO ? Again.BETWEEN_READS : again;
    }

    /** Whether something is to be presented once more. */
    boolean again() {
        return again != Again.NO;
    }

    boolean atOnce() {
        return again == Again.AT_ONCE;
    }

    /** What there is to be seen is shown to the handler now, or there is nothing. */
    void shown() {
        again = Again.NO;
    }

    /** The callback that is given bytes begins, on the strand. */
    void callbackBegins() {
        callback = Callback.RUNS;
    }

    /** It has returned, wherever it ran, having taken so many of the bytes. */
    void callbackEnds(int taken) {
        if (callback == Callback.HAS_RESUMED && taken > 0) {
            presentBetweenReads();
        }
        callback = Callback.NONE;
    }
}
