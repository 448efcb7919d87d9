// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.proxy.ProxyException;
import io.portcullis.proxy.ProxyFailure;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyHeaderReader;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Removes the PROXY header from the start of a connection; the successor sees what follows it. A refused peer receives
 * no response, because a peer that does not speak the protocol has no business here. Confined to the strand.
 */
final class ProxyFilter implements Filter {
    private final boolean trusted;
    private final Function<ProxyHeader, Filter> next;
    private final ProxyHeaderReader reader = new ProxyHeaderReader();
    private boolean networkEnded;
    private boolean refused;
    private boolean outputClosed;
    private @Nullable Filter successor;

    /**
     * Creates the filter of one connection.
     *
     * @param trusted whether the peer may send headers on behalf of clients
     * @param next creates the successor
     */
    ProxyFilter(boolean trusted, Function<ProxyHeader, Filter> next) {
        this.trusted = trusted;
        this.next = next;
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        if (refused) {
            return Step.CLOSED;
        }
        if (successor != null) {
            return Step.REPLACE;
        }
        try {
            return read(network);
        } catch (ProxyException failure) {
            refused = true;
            throw new TlsException(HandshakeFailure.PROXY_REFUSED, String.valueOf(failure.getMessage()), failure);
        }
    }

    private Step read(ByteBuffer network) throws ProxyException {
        if (!trusted) {
            throw new ProxyException(
                    ProxyFailure.UNTRUSTED,
                    "the peer is not trusted to send a PROXY header; add its address to the trusted peers, or have it"
                            + " use a listener without the PROXY protocol");
        }
        ProxyHeader header = reader.read(network);
        if (header != null) {
            successor = next.apply(header);
            return Step.REPLACE;
        }
        if (!networkEnded) {
            return Step.NEED_INPUT;
        }
        if (network.hasRemaining()) {
            throw reader.truncated(network);
        }
        return Step.CLOSED;
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) {
        outputClosed = refused;
        return refused ? Step.CLOSED : Step.NEED_DECODE;
    }

    @Override
    public boolean hasInput() {
        return !trusted && !refused;
    }

    @Override
    public boolean hasOutput() {
        return refused && !outputClosed;
    }

    @Override
    public void closeOutput() {
        refused = true;
    }

    @Override
    public void closeInput() {
        networkEnded = true;
    }

    @Override
    public @Nullable Runnable task() {
        return null;
    }

    @Override
    public Filter successor() {
        if (successor == null) {
            throw new IllegalStateException("the PROXY header has not been received yet");
        }
        return successor;
    }

    @Override
    public int networkSpace() {
        return reader.needed();
    }

    @Override
    public int applicationSpace() {
        return 1;
    }
}
