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
 * Decides what a connection is from its first bytes, then asks to be replaced. It consumes none of them: the successor
 * reads the connection from its first byte on.
 *
 * <p>A connection is TLS if its first two bytes are those of a handshake record, {@code 0x16 0x03}, and plaintext if
 * they are anything else: one byte decides, unless it is 0x16. With a {@link HelloChoice} the whole ClientHello, at
 * most 64 KiB, is awaited; what begins like TLS is never handed to the plaintext side, whatever follows.
 */
public final class DetectFilter implements Filter {

    /** Chooses by a ClientHello that was parsed to its end. */
    @FunctionalInterface
    public interface HelloChoice {
        /**
         * Chooses.
         *
         * @param hello what the client asked for
         * @return the filter for it, or null to refuse the connection: there is no default
         * @throws TlsException to refuse the connection for a reason
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
    private boolean heard;
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
     * Decides by the first bytes alone.
     *
     * @param plaintext makes the filter of a connection that is not TLS
     * @param tls makes the filter of a connection that opens with a ClientHello
     * @return a filter for one connection
     */
    public static DetectFilter byFirstBytes(Supplier<? extends Filter> plaintext, Supplier<? extends Filter> tls) {
        return new DetectFilter(plaintext, tls, null);
    }

    /**
     * Decides by the first bytes, and among TLS profiles by the whole ClientHello.
     *
     * @param plaintext makes the filter of a connection that is not TLS
     * @param choice makes the filter of a connection that opens with a ClientHello
     * @return a filter for one connection
     */
    public static DetectFilter byClientHello(Supplier<? extends Filter> plaintext, HelloChoice choice) {
        return new DetectFilter(plaintext, null, choice);
    }

    /**
     * Decides about plaintext by its kind, in place of the maker that was given first: waits until the kind is certain.
     *
     * @param choice makes the filter of a connection that is not TLS
     * @return this
     */
    public DetectFilter plaintextByKind(Function<FirstBytes, ? extends Filter> choice) {
        byKind = choice;
        return this;
    }

    /**
     * Nothing was received for as long as anybody wanted to listen: decides so, unless a byte has come after all.
     * Decode is to be called next.
     *
     * @param maker makes the filter of a silent connection
     */
    public void silent(Supplier<? extends Filter> maker) {
        silence = maker;
    }

    /**
     * A filter that accepts no plaintext: to be used as the plaintext side of a detection.
     *
     * @param answer what the peer is sent before the connection is closed, such as an HTTP 400; if it is empty, a TLS
     *     alert
     * @return makes a filter for one connection
     */
    public static Supplier<Filter> rejectPlaintext(byte... answer) {
        ByteBuffer kept = answer.length == 0
                ? Alert.UNEXPECTED_MESSAGE.record()
                : ByteBuffer.wrap(answer.clone()).asReadOnlyBuffer();
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
        heard |= network.hasRemaining();
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
        return silence != null && !heard ? replaceBy(silence) : Step.NEED_INPUT;
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
                    "nothing is served here under "
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
        return new TlsException(HandshakeFailure.UNDECIDED, "the choice of a filter failed: " + failed, failed);
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

    /** Silence needs no bytes to be decided about. */
    @Override
    public boolean hasInput() {
        return silence != null && !heard && alert == null;
    }

    @Override
    public boolean hasOutput() {
        return alert != null && !outputClosed;
    }

    /** Ends the connection undecided: there is nothing to say to a peer whose language is not known. */
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
