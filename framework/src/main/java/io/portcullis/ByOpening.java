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
 * Decides by what a connection opens with: a ClientHello, something else, or nothing for a while. What is not said here
 * is refused; no case falls back to another one. Nothing of the opening is consumed: whatever is decided sees the
 * connection from its first byte on.
 *
 * <pre>{@code
 * Gate byTenant = peer -> Decision.byOpening()
 *         .onHello(hello -> Decision.later(tenants.profileOf(hello.serverName()).thenApply(Decision::tls)))
 *         .onPlaintext(Decision.reject("HTTP/1.1 400 Bad Request\r\n\r\n"))
 *         .onSilence(Duration.ofMillis(200), Decision.speakFirst());
 * }</pre>
 *
 * <p>Immutable: each method answers a new one.
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
     * Decides about a connection that opens as TLS does, by its first two bytes.
     *
     * @param decision for it
     * @return a new decision
     */
    public ByOpening onTls(Decision decision) {
        return new ByOpening(decision, null, plaintext, byFirstBytes, silence, silent);
    }

    /**
     * Decides about a connection that opens as TLS does, by its whole ClientHello. One that is larger than 64 KiB, or
     * cannot be parsed to its end, is refused.
     *
     * @param choice called once, on a dispatcher thread, and must not block: see {@link Decision#later}
     * @return a new decision
     */
    public ByOpening onHello(Function<ClientHello, Decision> choice) {
        return new ByOpening(
                Decision.reject(), Objects.requireNonNull(choice), plaintext, byFirstBytes, silence, silent);
    }

    /**
     * Decides about a connection that opens with anything but TLS, by its first byte (the second, if that is the first
     * one of TLS).
     *
     * @param decision for it
     * @return a new decision
     */
    public ByOpening onPlaintext(Decision decision) {
        return new ByOpening(tls, hello, decision, null, silence, silent);
    }

    /**
     * Decides about a connection that opens with anything but TLS, by the kind of its first bytes. So many bytes are
     * awaited that the kind is certain, at most 12: a protocol in which a client sends {@code P} and waits for an
     * answer needs {@link #onPlaintext(Decision)}.
     *
     * @param choice called once, on a dispatcher thread, and must not block
     * @return a new decision
     */
    public ByOpening onPlaintext(Function<FirstBytes, Decision> choice) {
        return new ByOpening(tls, hello, Decision.reject(), Objects.requireNonNull(choice), silence, silent);
    }

    /**
     * Decides about a connection on which nothing was received for a time: the client waits for the server to speak. A
     * single byte within that time, and the first bytes decide. Without this word silence lasts until the handshake
     * deadline.
     *
     * @param time from the moment at which listening began; more than 0
     * @param decision for a connection that is silent
     * @return a new decision
     * @throws IllegalArgumentException if the time is not more than 0
     */
    public ByOpening onSilence(Duration time, Decision decision) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("silence must last for more than no time, not " + time);
        }
        return new ByOpening(tls, hello, plaintext, byFirstBytes, time, decision);
    }

    /**
     * What was said of TLS, if the whole hello is not awaited.
     *
     * @return the decision
     */
    public Decision tls() {
        return tls;
    }

    /**
     * What was said of TLS, if the whole hello is awaited.
     *
     * @return the choice
     */
    public Optional<Function<ClientHello, Decision>> byHello() {
        return Optional.ofNullable(hello);
    }

    /**
     * What was said of everything but TLS, if its kind does not matter.
     *
     * @return the decision
     */
    public Decision plaintext() {
        return plaintext;
    }

    /**
     * What was said of everything but TLS, if its kind matters.
     *
     * @return the choice
     */
    public Optional<Function<FirstBytes, Decision>> byFirstBytes() {
        return Optional.ofNullable(byFirstBytes);
    }

    /**
     * For how long a connection may be silent before that decides.
     *
     * @return the time, if one was said
     */
    public Optional<Duration> silence() {
        return Optional.ofNullable(silence);
    }

    /**
     * What was said of silence.
     *
     * @return the decision
     */
    public Decision silent() {
        return silent;
    }
}
