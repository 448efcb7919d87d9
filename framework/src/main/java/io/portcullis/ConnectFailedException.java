// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import java.io.IOException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client's connect failed: whatever the reason is, it is told by this type. The message names the host, the phase,
 * every address that was tried with its failure, and what to do; the cause is what lay behind it, such as a
 * {@link io.portcullis.tls.TlsException}, and failures of further addresses are suppressed ones.
 */
public final class ConnectFailedException extends IOException {
    private static final long serialVersionUID = 1;
    private static final int ADDRESSES_IN_MESSAGE = 8;

    /** The bounded reason. */
    private final CloseReason reason;

    private final transient ConnectTrace trace;
    /** How far it got. */
    private final ConnectPhase phase;

    /**
     * Makes an exception.
     *
     * @param reason why, as one word
     * @param why the same in words, with what to do
     * @param trace what was done until then
     * @param cause what lay behind it, if there was an exception
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
     * Why, as one word.
     *
     * @return the reason, as a connection would tell it
     */
    public CloseReason reason() {
        return reason;
    }

    /**
     * How far it came.
     *
     * @return the phase in which it failed
     */
    public ConnectPhase phase() {
        return phase;
    }

    /**
     * What was done until then, and when.
     *
     * @return the trace; null in an exception that was serialized
     */
    public ConnectTrace trace() {
        return trace;
    }
}
