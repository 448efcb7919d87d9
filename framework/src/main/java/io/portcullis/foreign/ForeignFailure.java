// SPDX-License-Identifier: Apache-2.0
package io.portcullis.foreign;

import org.jspecify.annotations.Nullable;

/** Stands for a failure whose words, or those of a cause, cannot be printed as they are. It says what can be said of them. */
final class ForeignFailure extends Exception {
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

    static Throwable of(Throwable original) {
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
