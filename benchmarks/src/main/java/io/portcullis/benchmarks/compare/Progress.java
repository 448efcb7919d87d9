// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Says what is being done, in lines of which each begins with the time that is left at most. */
final class Progress {
    private final PrintStream out;
    private double secondsLeft;

    Progress(PrintStream out) {
        this.out = out;
    }

    /** Something more has to be done. */
    void expect(double seconds) {
        secondsLeft += seconds;
    }

    /** Something of what was expected needs not to be done any more. */
    void done(double seconds) {
        secondsLeft = Math.max(0, secondsLeft - seconds);
    }

    void say(String text) {
        Duration left = Duration.ofSeconds((long) secondsLeft);
        String clock = left.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
        out.println("[at most " + clock + " left] " + text);
        out.flush();
    }
}
