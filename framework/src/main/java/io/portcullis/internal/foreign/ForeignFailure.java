// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.foreign;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for a foreign exception whose message, or the message of a cause, cannot be printed as it is. Its text is
 * the printable form of the original.
 */
public final class ForeignFailure extends Exception {
    private static final long serialVersionUID = 1;

    /**
     * The maximum length of one exception's text, in characters; more than for a message, because stack traces are read
     * in search of a cause.
     */
    static final int LONGEST = 1024;

    /** The maximum number of exceptions, counting causes and suppressed ones: they may be circular. */
    private static final int MOST = 32;

    private final String text;

    private ForeignFailure(Throwable original, Budget budget) {
        super(null, cause(original, budget), true, true);
        text = ForeignText.cut(ForeignText.text(original), LONGEST);
        setStackTrace(answer(original::getStackTrace, new StackTraceElement[0]));
        for (Throwable suppressed : original.getSuppressed()) {
            if (budget.takes()) {
                addSuppressed(new ForeignFailure(suppressed, budget));
            }
        }
    }

    private static @Nullable Throwable cause(Throwable original, Budget budget) {
        Throwable cause = answer(original::getCause, null);
        return cause != null && budget.takes() ? new ForeignFailure(cause, budget) : null;
    }

    /**
     * Returns the failure in a form suitable for the log, or as a cause of a framework exception. This is the failure
     * itself if its text and those of its causes are one printable line each and not too long; otherwise a stand-in
     * with as much of the text as possible and the same stack traces.
     *
     * @param original a foreign exception
     * @return a failure that can be printed
     */
    public static Throwable of(Throwable original) {
        return printable(original, new Budget()) ? original : new ForeignFailure(original, new Budget());
    }

    private static boolean printable(@Nullable Throwable failure, Budget budget) {
        if (failure == null) {
            return true;
        }
        // One that cannot be asked counts as its own cause: a circle, which is never printable
        Throwable cause = answer(failure::getCause, failure);
        if (!budget.takes() || !printable(ForeignText.text(failure)) || !printable(cause, budget)) {
            return false;
        }
        for (Throwable suppressed : failure.getSuppressed()) {
            if (!printable(suppressed, budget)) {
                return false;
            }
        }
        return true;
    }

    /** Returns what an accessor returns, which an application may have overridden, or something else if it throws. */
    private static <T extends @Nullable Object> T answer(Supplier<T> accessor, T otherwise) {
        try {
            return accessor.get();
        } catch (RuntimeException | Error speechless) {
            return otherwise;
        }
    }

    private static boolean printable(String text) {
        return text.length() <= LONGEST && ForeignText.printable(text);
    }

    /** Returns the text of the original, which begins with its class, as the original does. */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public String getMessage() {
        return text;
    }

    private static final class Budget {
        private int left = MOST;

        boolean takes() {
            return left-- > 0;
        }
    }
}
