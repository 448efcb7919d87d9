// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.ClientHello;
import io.portcullis.tls.FirstBytes;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A decision by what a connection opens with: a ClientHello, something else, or silence for some time. A case that is
 * not configured is refused; no case falls back to another one. The opening bytes are not consumed: the resulting
 * filter or relay gets the connection from its first byte on.
 *
 * <pre>{@code
 * Gate byTenant = peer -> Decision.byOpening()
 *         .onHello(hello -> Decision.later(tenants.profileOf(hello.serverName()).thenApply(Decision::tls)))
 *         .onPlaintext(Decision.reject("HTTP/1.1 400 Bad Request\r\n\r\n"))
 *         .onSilence(Duration.ofMillis(200), Decision.speakFirst());
 * }</pre>
 *
 * <p>Immutable: each configuring method returns a new decision.
 */
public final class ByOpening implements Decision {
    static final ByOpening REFUSING =
            new ByOpening(Decision.reject(), null, Decision.reject(), null, null, Decision.reject());

    private final Decision tls;
    private final @Nullable Function<ClientHello, Decision> hello;
    private final Decision plaintext;
    private final @Nullable Function<FirstBytes, Decision> byFirstBytes;
    private final @Nullable Duration silence;
    private final Decision silent;

    private ByOpening(
            Decision tls,
            @Nullable Function<ClientHello, Decision> hello,
            Decision plaintext,
            @Nullable Function<FirstBytes, Decision> byFirstBytes,
            @Nullable Duration silence,
            Decision silent) {
        this.tls = Objects.requireNonNull(tls);
        this.hello = hello;
        this.plaintext = Objects.requireNonNull(plaintext);
        this.byFirstBytes = byFirstBytes;
        this.silence = silence;
        this.silent = Objects.requireNonNull(silent);
    }

    /**
     * Sets the decision for a connection that opens like TLS, judged by its first two bytes.
     *
     * @param decision the decision for such a connection
     * @return a new decision
     */
    public ByOpening onTls(Decision decision) {
        return new ByOpening(decision, null, plaintext, byFirstBytes, silence, silent);
    }

    /**
     * Sets a choice, by the whole ClientHello, for a connection that opens like TLS. A ClientHello that is larger than
     * 64 KiB, or cannot be parsed completely, is refused.
     *
     * @param choice called once, on a dispatcher thread, and must not block: see {@link Decision#later}
     * @return a new decision
     */
    public ByOpening onHello(Function<ClientHello, Decision> choice) {
        return new ByOpening(
                Decision.reject(), Objects.requireNonNull(choice), plaintext, byFirstBytes, silence, silent);
    }

    /**
     * Sets the decision for a connection that opens with anything but TLS, judged by its first byte (by the second, if
     * the first is that of TLS).
     *
     * @param decision the decision for such a connection
     * @return a new decision
     */
    public ByOpening onPlaintext(Decision decision) {
        return new ByOpening(tls, hello, decision, null, silence, silent);
    }

    /**
     * Sets a choice, by the kind of the first bytes, for a connection that opens with anything but TLS. The choice is
     * made once enough bytes have come to determine the kind, at most 12: a protocol in which a client sends {@code P}
     * and waits for a response needs {@link #onPlaintext(Decision)}.
     *
     * @param choice called once, on a dispatcher thread, and must not block
     * @return a new decision
     */
    public ByOpening onPlaintext(Function<FirstBytes, Decision> choice) {
        return new ByOpening(tls, hello, Decision.reject(), Objects.requireNonNull(choice), silence, silent);
    }

    /**
     * Sets the decision for a connection on which nothing is received for some time, because the client waits for the
     * server to speak first. If a single byte arrives within that time, the first bytes decide. Without this method a
     * silent connection ends at the handshake deadline.
     *
     * @param time the time since the gate began to wait for bytes; more than 0
     * @param decision the decision for a silent connection
     * @return a new decision
     * @throws IllegalArgumentException if the time is not more than 0
     */
    public ByOpening onSilence(Duration time, Decision decision) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("the time of silence must be more than 0, not " + time);
        }
        return new ByOpening(tls, hello, plaintext, byFirstBytes, time, decision);
    }

    /**
     * Returns the decision for TLS if the whole ClientHello is not needed.
     *
     * @return the decision
     */
    public Decision tls() {
        return tls;
    }

    /**
     * Returns the choice for TLS by the whole ClientHello.
     *
     * @return the choice
     */
    public Optional<Function<ClientHello, Decision>> byHello() {
        return Optional.ofNullable(hello);
    }

    /**
     * Returns the decision for everything but TLS if the kind does not matter.
     *
     * @return the decision
     */
    public Decision plaintext() {
        return plaintext;
    }

    /**
     * Returns the choice for everything but TLS by the kind of the first bytes.
     *
     * @return the choice
     */
    public Optional<Function<FirstBytes, Decision>> byFirstBytes() {
        return Optional.ofNullable(byFirstBytes);
    }

    /**
     * Returns how long a connection may be silent before the silence decides.
     *
     * @return the time, or empty if none is set
     */
    public Optional<Duration> silence() {
        return Optional.ofNullable(silence);
    }

    /**
     * Returns the decision for a silent connection.
     *
     * @return the decision
     */
    public Decision silent() {
        return silent;
    }
}
