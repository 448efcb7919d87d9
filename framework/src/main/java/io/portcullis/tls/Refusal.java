// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.foreign.ForeignText;
import org.jspecify.annotations.Nullable;

/** Makes the exceptions that refuse a configuration: what is wrong, where, and what to do about it. Never a secret. */
final class Refusal {
    private Refusal() {}

    static IllegalArgumentException of(String help) {
        return of(help, null);
    }

    static IllegalArgumentException of(String help, @Nullable Throwable cause) {
        return new IllegalArgumentException(
                ForeignText.line("TlsProfile: " + help), cause == null ? null : ForeignText.failure(cause));
    }
}
