// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.Alert;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Determines from its first bytes what a connection is, and then requests to be replaced. It consumes none of the
 * bytes: its successor reads the connection from the first byte on.
 *
 * <p>A connection is TLS if its first two bytes are those of a handshake record, {@code 0x16 0x03}, and otherwise
 * plaintext. One byte is sufficient, unless it is 0x16. With a {@link HelloChoice}, the filter waits for the whole
 * ClientHello, at most 64 KiB. A connection that begins like TLS is never treated as plaintext, whatever follows.
 */
public final class DetectFilter implements Filter {

    /** Chooses a filter by a completely parsed ClientHello. */
    @FunctionalInterface
    public interface HelloChoice {
        /**
         * Chooses a filter.
         *
         * @param hello the client's hello
         * @return the filter, or null to refuse the connection: there is no default
         * @throws TlsException to refuse the connection for a specific reason
         */
        @Nullable
        Filter choose(ClientHello hello) throws TlsException;
    }

    private final Supplier<? extends Filter> plaintext;
    private final @Nullable Supplier<? extends Filter> tls;
    private final @Nullable HelloChoice choice;
    private final ClientHelloReader reader = new ClientHelloReader();

    private @Nullable Function<FirstBytes, ? extends Filter> byKind;
    private @Nullable Supplier<? extends Filter> silence;
    private boolean received;
    private boolean networkEnded;
    private @Nullable Filter successor;
    private @Nullable ByteBuffer alert;
    private boolean outputClosed;

    private DetectFilter(
            Supplier<? extends Filter> plaintext,
            @Nullable Supplier<? extends Filter> tls,
            @Nullable HelloChoice choice) {
        this.plaintext = plaintext;
        this.tls = tls;
        this.choice = choice;
    }

    /**
     * Returns a filter that decides by the first bytes only.
     *
     * @param plaintext creates the filter of a connection that is not TLS
     * @param tls creates the filter of a connection that begins with a ClientHello
     * @return a filter for one connection
     */
    public static DetectFilter byFirstBytes(Supplier<? extends Filter> plaintext, Supplier<? extends Filter> tls) {
        return new DetectFilter(plaintext, tls, null);
    }

    /**
     * Returns a filter that decides by the first bytes, and for TLS by the whole ClientHello.
     *
     * @param plaintext creates the filter of a connection that is not TLS
     * @param choice creates the filter of a connection that begins with a ClientHello
     * @return a filter for one connection
     */
    public static DetectFilter byClientHello(Supplier<? extends Filter> plaintext, HelloChoice choice) {
        return new DetectFilter(plaintext, null, choice);
    }

    /**
     * Chooses the filter of a plaintext connection by the kind of its first bytes, instead of the supplier that was
     * passed when this filter was created. The filter waits until the kind is certain.
     *
     * @param choice creates the filter of a connection that is not TLS
     * @return this
     */
    public DetectFilter plaintextByKind(Function<FirstBytes, ? extends Filter> choice) {
        byKind = choice;
        return this;
    }

    /**
     * Notifies the filter that nothing was received in the time that the caller was prepared to wait. The connection is
     * then silent, unless a byte has been received after all. Decode must be called next.
     *
     * @param maker creates the filter of a silent connection
     */
    public void silent(Supplier<? extends Filter> maker) {
        silence = maker;
    }

    /**
     * Returns a supplier of filters that refuse plaintext, for use as the plaintext side of a detection.
     *
     * @param response the response that is sent before the connection is closed, such as an HTTP 400; if it is empty, a
     *     TLS alert is sent
     * @return creates a filter for one connection
     */
    public static Supplier<Filter> rejectPlaintext(byte... response) {
        ByteBuffer kept = response.length == 0
                ? Alert.UNEXPECTED_MESSAGE.record()
                : ByteBuffer.wrap(response.clone()).asReadOnlyBuffer();
        return () -> new RejectFilter(kept);
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        if (successor != null) {
            return Step.REPLACE;
        }
        if (alert != null) {
            return Step.CLOSED;
        }
        try {
            return decide(network);
        } catch (TlsException refused) {
            alert = refused.alert().record();
            throw refused;
        } catch (Error fatal) {
            alert = Alert.INTERNAL_ERROR.record();
            throw fatal;
        }
    }

    private Step decide(ByteBuffer network) throws TlsException {
        received |= network.hasRemaining();
        return switch (Opening.of(network)) {
            case UNDECIDED -> undecided(network);
            case TLS -> tls != null ? replaceBy(tls) : choose(network);
            case PLAINTEXT -> plaintext(network);
        };
    }

    private Step undecided(ByteBuffer network) throws TlsException {
        if (networkEnded) {
            return network.hasRemaining() ? plaintext(network) : Step.CLOSED;
        }
        return silence != null && !received ? replaceBy(silence) : Step.NEED_INPUT;
    }

    private Step plaintext(ByteBuffer network) throws TlsException {
        Function<FirstBytes, ? extends Filter> choice = byKind;
        if (choice == null) {
            return replaceBy(plaintext);
        }
        FirstBytes kind = FirstBytes.of(network, networkEnded);
        return kind == null ? Step.NEED_INPUT : replaceBy(() -> choice.apply(kind));
    }

    private Step choose(ByteBuffer network) throws TlsException {
        ClientHello hello = reader.read(network);
        if (hello == null) {
            if (networkEnded) {
                throw new TlsException(
                        HandshakeFailure.TRUNCATED, Alert.DECODE_ERROR, "the network ended within the ClientHello");
            }
            return Step.NEED_INPUT;
        }
        Filter chosen;
        try {
            chosen = choice == null ? null : choice.choose(hello);
        } catch (RuntimeException failed) {
            throw undecided(failed);
        }
        if (chosen == null) {
            throw new TlsException(
                    HandshakeFailure.UNKNOWN_SERVER_NAME,
                    Alert.UNRECOGNIZED_NAME,
                    "nothing is served under "
                            + hello.serverName()
                                    .map(name -> "the name " + ForeignText.name(name))
                                    .orElse("no name"));
        }
        return replaceBy(chosen);
    }

    private Step replaceBy(Supplier<? extends Filter> maker) throws TlsException {
        try {
            return replaceBy(Objects.requireNonNull(maker.get()));
        } catch (RuntimeException failed) {
            throw undecided(failed);
        }
    }

    private static TlsException undecided(RuntimeException failed) {
        return new TlsException(HandshakeFailure.UNDECIDED, "the choice of a filter has failed: " + failed, failed);
    }

    private Step replaceBy(Filter next) {
        if (networkEnded) {
            next.closeInput();
        }
        successor = next;
        return Step.REPLACE;
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        ByteBuffer last = alert;
        if (last == null) {
            return Step.NEED_DECODE;
        }
        if (network.remaining() < last.remaining()) {
            return Step.NEED_SPACE;
        }
        network.put(last);
        outputClosed = true;
        return Step.CLOSED;
    }

    /** The decision about a silent connection needs no bytes. */
    @Override
    public boolean hasInput() {
        return silence != null && !received && alert == null;
    }

    @Override
    public boolean hasOutput() {
        return alert != null && !outputClosed;
    }

    /** Ends the undecided connection. Nothing is sent, because the peer's protocol is not known. */
    @Override
    public void closeOutput() {
        if (alert == null && successor == null) {
            alert = ByteBuffer.allocate(0);
        }
    }

    @Override
    public void closeInput() {
        networkEnded = true;
        if (successor != null) {
            successor.closeInput();
        }
    }

    @Override
    public @Nullable Runnable task() {
        return null;
    }

    @Override
    public Filter successor() {
        if (successor == null) {
            throw new IllegalStateException("the first bytes have not decided yet");
        }
        return successor;
    }

    @Override
    public int networkSpace() {
        return Math.max(FirstBytes.LONGEST, reader.needed());
    }

    @Override
    public int applicationSpace() {
        return 1;
    }
}
