// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Reports the progress, in lines that start with the maximum remaining time. */
final class Progress {
    private final PrintStream out;
    private double secondsLeft;

    Progress(PrintStream out) {
        this.out = out;
    }

    /** Adds work to be done. */
    void expect(double seconds) {
        secondsLeft += seconds;
    }

    /** Removes expected work that has been done or is no longer needed. */
    void done(double seconds) {
        secondsLeft = Math.max(0, secondsLeft - seconds);
    }

    void report(String text) {
        Duration left = Duration.ofSeconds((long) secondsLeft);
        String clock = left.toHours() > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", left.toHours(), left.toMinutesPart(), left.toSecondsPart())
                : String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
        out.println("[at most " + clock + " left] " + text);
        out.flush();
    }
}
