// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a connection: fails it once, and sends the peer a response. A peer that began with a ClientHello is sent an
 * alert. Any other peer is sent the given response, or an alert if there is none; but nothing is sent to a peer that
 * has sent nothing, unless there is a response.
 */
public final class RejectFilter implements Filter {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** The alerts for the reasons of a gate. */
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
    private ByteBuffer response;
    private boolean refused;
    private boolean outputClosed;

    /**
     * Creates a filter for one connection, which is refused because of its first bytes.
     *
     * @param response the response to the peer, from position to limit; not consumed
     */
    RejectFilter(ByteBuffer response) {
        this.reason = null;
        this.response = response.duplicate();
    }

    /**
     * Creates a filter for one connection.
     *
     * @param reason the exception that decode throws; {@link HandshakeFailure#REFUSED} is replaced by a more specific
     *     one if plaintext was received
     * @param response the response to a peer that did not begin with a ClientHello; copied
     */
    public RejectFilter(TlsException reason, byte... response) {
        this.reason = reason;
        this.response = ByteBuffer.wrap(response.clone());
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
        if (hello || (opened && !response.hasRemaining())) {
            response = alert(why);
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
        int length = Math.min(response.remaining(), network.remaining());
        network.put(response.slice(response.position(), length));
        response.position(response.position() + length);
        outputClosed = !response.hasRemaining();
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

    /** Ends the connection before it was refused; no response is sent. */
    @Override
    public void closeOutput() {
        if (!refused) {
            refused = true;
            response.position(response.limit());
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
