// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import java.io.IOException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when a client's connect has failed, for any reason. The message contains the host, the phase, every address
 * that was tried with its failure, and what to do. The cause is the underlying exception, such as a
 * {@link io.portcullis.tls.TlsException}; failures of further addresses are suppressed exceptions.
 */
public final class ConnectFailedException extends IOException {
    private static final long serialVersionUID = 1;
    private static final int ADDRESSES_IN_MESSAGE = 8;

    /** The bounded reason. */
    private final CloseReason reason;

    private final transient ConnectTrace trace;
    /** The phase in which it failed. */
    private final ConnectPhase phase;

    /**
     * Creates an exception.
     *
     * @param reason the bounded reason
     * @param why an explanation of the reason, with what to do
     * @param trace the steps up to the failure
     * @param cause the underlying exception, or null if there is none
     */
    public ConnectFailedException(CloseReason reason, String why, ConnectTrace trace, @Nullable Throwable cause) {
        super(ForeignText.line(message(why, trace)), cause == null ? null : ForeignFailure.of(cause));
        this.reason = reason;
        this.trace = trace;
        this.phase = trace.phase();
        trace.attempts().stream()
                .flatMap(attempt -> attempt.failure().stream())
                .filter(failure -> !failure.equals(cause))
                .limit(ADDRESSES_IN_MESSAGE)
                .map(ForeignFailure::of)
                .forEach(this::addSuppressed);
    }

    private static String message(String why, ConnectTrace trace) {
        String what = "cannot connect to " + ForeignText.of(trace.host()) + ":" + trace.port() + " (" + trace.phase()
                + "): " + why;
        int count = trace.attempts().size();
        if (count == 0) {
            return what;
        }
        return trace.attempts().stream()
                .limit(ADDRESSES_IN_MESSAGE)
                .map(attempt -> attempt.address().getAddress().getHostAddress()
                        + attempt.failure()
                                .map(failure ->
                                        failure.getMessage() != null ? failure.getMessage() : failure.toString())
                                .map(failure -> " (" + ForeignText.of(failure) + ")")
                                .orElse(""))
                .collect(Collectors.joining(
                        ", ",
                        what + "; tried ",
                        count > ADDRESSES_IN_MESSAGE ? " and " + (count - ADDRESSES_IN_MESSAGE) + " more" : ""));
    }

    /**
     * Returns the reason of the failure.
     *
     * @return the reason, as a connection would report it
     */
    public CloseReason reason() {
        return reason;
    }

    /**
     * Returns the phase in which the connect failed.
     *
     * @return the phase
     */
    public ConnectPhase phase() {
        return phase;
    }

    /**
     * Returns the steps up to the failure, with their times.
     *
     * @return the trace; null in a deserialized exception
     */
    public ConnectTrace trace() {
        return trace;
    }
}
