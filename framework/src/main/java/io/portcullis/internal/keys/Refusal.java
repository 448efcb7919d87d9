// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes the exceptions that refuse a configuration: what is wrong, where, and what to do about it. Never a secret. */
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
     * Reads something out of a file. Security providers throw whatever they like on damaged data, an
     * ArrayIndexOutOfBoundsException or a StackOverflowError for example: that is a refusal like any other one.
     *
     * @param origin how messages call what is read
     * @param reading throws refusals of its own as they are
     */
    public static <T> T guard(String origin, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (RuntimeException | Error failure) {
            if (failure instanceof OutOfMemoryError || isRefusal(failure)) {
                throw failure;
            }
            // Without the cause: what it says may be a part of a key.
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
