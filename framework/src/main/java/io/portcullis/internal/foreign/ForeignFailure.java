// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.foreign;

import org.jspecify.annotations.Nullable;

/**
 * Stands for a failure of somebody else whose words, or those of a cause, cannot be printed as they are. It says what
 * can be said of them.
 */
public final class ForeignFailure extends Exception {
    private static final long serialVersionUID = 1;

    /** The longest text of one of them, in characters: stack traces are for people who look for something. */
    static final int LONGEST = 1024;

    /** So many of them are told, causes and suppressed ones together: they may be in a circle. */
    private static final int MOST = 32;

    private final String text;

    private ForeignFailure(Throwable original, Budget budget) {
        super(null, cause(original, budget), true, true);
        text = ForeignText.cut(ForeignText.text(original), LONGEST);
        setStackTrace(original.getStackTrace());
        for (Throwable suppressed : original.getSuppressed()) {
            if (budget.takes()) {
                addSuppressed(new ForeignFailure(suppressed, budget));
            }
        }
    }

    private static @Nullable Throwable cause(Throwable original, Budget budget) {
        Throwable cause = original.getCause();
        return cause != null && budget.takes() ? new ForeignFailure(cause, budget) : null;
    }

    /**
     * The failure for the log, or as a cause of one of ours: the same if all that it and its causes say is one
     * printable line each, and not too long; otherwise one that says so much of it as can be, with the same stack.
     *
     * @param original of somebody else
     * @return a failure that can be printed
     */
    public static Throwable of(Throwable original) {
        return printable(original, new Budget()) ? original : new ForeignFailure(original, new Budget());
    }

    private static boolean printable(@Nullable Throwable failure, Budget budget) {
        if (failure == null) {
            return true;
        }
        if (!budget.takes() || !printable(ForeignText.text(failure)) || !printable(failure.getCause(), budget)) {
            return false;
        }
        for (Throwable suppressed : failure.getSuppressed()) {
            if (!printable(suppressed, budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean printable(String text) {
        return text.length() <= LONGEST && ForeignText.printable(text);
    }

    /** The words of the original, its class in front as if it were the original. */
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
