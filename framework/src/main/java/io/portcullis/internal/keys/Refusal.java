// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Creates exceptions that refuse a configuration. They state what is wrong, where, and how to fix it; never a secret.
 */
public final class Refusal {
    private static final String PREFIX = "TlsProfile: ";

    private Refusal() {}

    public static IllegalArgumentException of(String help) {
        return of(help, null);
    }

    public static IllegalArgumentException of(String help, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                ForeignText.line(PREFIX + help), cause == null ? null : ForeignFailure.of(cause));
    }

    /**
     * Reads something from a file. Security providers throw arbitrary exceptions on damaged data, such as an
     * ArrayIndexOutOfBoundsException or a StackOverflowError; all become refusals.
     *
     * @param origin the name of what is read, in messages
     * @param reading the reader; its own refusals are thrown unchanged
     */
    public static <T> T guard(String origin, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (RuntimeException | Error failure) {
            if (failure instanceof OutOfMemoryError || isRefusal(failure)) {
                throw failure;
            }
            // Without the cause: its message may contain a part of a key.
            throw of(origin + " cannot be read: the security provider failed on it ("
                    + failure.getClass().getSimpleName() + "); it is damaged, export it again");
        }
    }

    private static boolean isRefusal(Throwable failure) {
        return failure instanceof IllegalArgumentException
                && failure.getMessage() != null
                && failure.getMessage().startsWith(PREFIX);
    }
}
