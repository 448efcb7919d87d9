// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a connection: fails it once, and leaves the peer an answer. A peer that opened with a ClientHello is told by
 * an alert; any other by the answer, if there is one, and otherwise by an alert; one that has sent nothing, and for
 * which there is no answer, is told nothing.
 */
public final class RejectFilter implements Filter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** What the words of a gate are in those of TLS. */
    private static final Map<HandshakeFailure, Alert> ALERTS = Map.of(
            HandshakeFailure.UNKNOWN_SERVER_NAME, Alert.UNRECOGNIZED_NAME,
            HandshakeFailure.NO_APPLICATION_PROTOCOL, Alert.NO_APPLICATION_PROTOCOL,
            HandshakeFailure.NO_COMMON_PROTOCOL, Alert.PROTOCOL_VERSION,
            HandshakeFailure.REFUSED, Alert.ACCESS_DENIED,
            HandshakeFailure.UNDECIDED, Alert.INTERNAL_ERROR,
            HandshakeFailure.RELAY_FAILED, Alert.INTERNAL_ERROR,
            HandshakeFailure.ENGINE_STALLED, Alert.INTERNAL_ERROR,
            HandshakeFailure.BAD_CLIENT_HELLO, Alert.DECODE_ERROR,
            HandshakeFailure.TRUNCATED, Alert.DECODE_ERROR);

    private final @Nullable TlsException reason;
    private ByteBuffer answer;
    private boolean refused;
    private boolean outputClosed;

    /**
     * A filter for one connection, whose opening is the reason.
     *
     * @param answer what the peer is sent, from position to limit; not consumed
     */
    RejectFilter(ByteBuffer answer) {
        this.reason = null;
        this.answer = answer.duplicate();
    }

    /**
     * A filter for one connection.
     *
     * @param reason what decode throws; {@link HandshakeFailure#REFUSED} is made more precise by plaintext that has
     *     come
     * @param answer what a peer is sent that has not opened with a ClientHello; copied
     */
    public RejectFilter(TlsException reason, byte... answer) {
        this.reason = reason;
        this.answer = ByteBuffer.wrap(answer.clone());
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        if (refused) {
            return Step.CLOSED;
        }
        refused = true;
        boolean opened = network.hasRemaining();
        boolean hello = opened && RecordHeader.type(network) == RecordFormat.HANDSHAKE;
        TlsException why = reason;
        if (why == null || (opened && !hello && why.failure() == HandshakeFailure.REFUSED)) {
            why = NotTls.of(network);
        }
        if (hello || (opened && !answer.hasRemaining())) {
            answer = alert(why);
        }
        throw why;
    }

    private ByteBuffer alert(TlsException why) {
        if (why.failure() == HandshakeFailure.PROXY_REFUSED) {
            return NOTHING.duplicate();
        }
        return ALERTS.getOrDefault(why.failure(), why.alert()).record();
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        if (!refused) {
            return Step.NEED_DECODE;
        }
        int length = Math.min(answer.remaining(), network.remaining());
        network.put(answer.slice(answer.position(), length));
        answer.position(answer.position() + length);
        outputClosed = !answer.hasRemaining();
        return outputClosed ? Step.CLOSED : Step.NEED_SPACE;
    }

    @Override
    public boolean hasInput() {
        return !refused;
    }

    @Override
    public boolean hasOutput() {
        return refused && !outputClosed;
    }

    /** Ends the connection before it was refused: there is nothing to answer. */
    @Override
    public void closeOutput() {
        if (!refused) {
            refused = true;
            answer.position(answer.limit());
        }
    }

    @Override
    public void closeInput() {}

    @Override
    public @Nullable Runnable task() {
        return null;
    }

    @Override
    public Filter successor() {
        throw new IllegalStateException("a rejected connection has no further filter");
    }

    @Override
    public int networkSpace() {
        return 1;
    }

    @Override
    public int applicationSpace() {
        return 1;
    }
}
