// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsProfile;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * What a {@link Gate} answers: what a connection is, or what to wait for before that can be said. A decision is a
 * value: it holds no bytes and starts nothing, may be made once and answered a million times, and is compared in tests.
 *
 * <p>There is no decision that means nothing. A gate that answers null or throws, and a stage that fails or brings
 * null, refuse the connection ({@link HandshakeFailure#UNDECIDED}); one that is never completed ends at the handshake
 * deadline.
 */
public sealed interface Decision
        permits Decision.Plain,
                Decision.Tls,
                Decision.Relay,
                Decision.Reject,
                Decision.Later,
                Decision.ProxyProtocol,
                ByOpening {

    /** The connection is plain. */
    record Plain() implements Decision {}

    /**
     * The connection is TLS; this side is the server.
     *
     * @param profile the configuration
     */
    record Tls(TlsProfile profile) implements Decision {}

    /**
     * The connection is passed on, untouched.
     *
     * @param target where to
     */
    record Relay(InetSocketAddress target) implements Decision {}

    /**
     * The connection is refused.
     *
     * @param failure the bounded reason
     * @param reason for people: what was refused, and what to do
     * @param answer what a peer that does not speak TLS is sent before the end, in ISO 8859-1; may be empty
     */
    record Reject(HandshakeFailure failure, String reason, String answer) implements Decision {}

    /**
     * Somebody else decides, later.
     *
     * @param stage brings the decision, on any thread
     */
    record Later(CompletionStage<? extends Decision> stage) implements Decision {}

    /**
     * A PROXY header comes first.
     *
     * @param trusted who may send one
     * @param gate decides about the client that it names
     */
    record ProxyProtocol(TrustedPeers trusted, Gate gate) implements Decision {}

    /**
     * The connection is plain, and open at once: the handler's {@code onOpen} may speak first.
     *
     * @return the decision
     */
    static Decision plain() {
        return new Plain();
    }

    /**
     * The same as {@link #plain()}, by the name that it has as an answer to silence: the client waits for a greeting,
     * and gets it from the handler's {@code onOpen}. {@link Connection#startTls} is still possible.
     *
     * @return the decision
     */
    static Decision speakFirst() {
        return plain();
    }

    /**
     * The connection is TLS. What does not open with a ClientHello gets an alert and is closed.
     *
     * @param profile the configuration of this connection
     * @return the decision
     */
    static Decision tls(TlsProfile profile) {
        return new Tls(Objects.requireNonNull(profile));
    }

    /**
     * Everything that the client sends goes to another address, from its first byte on, and everything that comes from
     * there goes to the client: untouched, as fast as the slower side takes it, each direction ended by itself. The
     * connection's handler is told of its end and of nothing else.
     *
     * <p>The target is connected to as by a client: a name that is not resolved is looked up off the dispatcher
     * threads, and its addresses are raced. If none is there when half of the handshake timeout has passed, the
     * connection is refused ({@link HandshakeFailure#RELAY_FAILED}; the cause is a {@link ConnectFailedException}).
     *
     * @param target where to, an address or a name
     * @return the decision
     */
    static Decision relay(InetSocketAddress target) {
        return new Relay(Objects.requireNonNull(target));
    }

    /**
     * The connection is refused. A client that has sent something gets a TLS alert; one that has not is sent nothing.
     *
     * @return the decision
     */
    static Decision reject() {
        return reject("");
    }

    /**
     * The connection is refused with an answer that the client understands, unless it opened with a ClientHello: then
     * it gets an alert.
     *
     * @param answer such as {@code "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"}, sent as ISO 8859-1
     * @return the decision
     */
    static Decision reject(String answer) {
        return new Reject(HandshakeFailure.REFUSED, "the gate refused the connection", Objects.requireNonNull(answer));
    }

    /**
     * The connection is refused for a reason, which the client is told by the alert that fits it.
     *
     * @param failure the bounded reason
     * @param reason for the log: what was refused, and what to do; at most 16 bytes of the peer's data, in hexadecimal
     * @return the decision
     */
    static Decision reject(HandshakeFailure failure, String reason) {
        return new Reject(Objects.requireNonNull(failure), Objects.requireNonNull(reason), "");
    }

    /**
     * Somebody else decides, later: a database, another service. Meanwhile the connection is on no thread and is not
     * read, and nobody else waits for it; its handshake deadline goes on.
     *
     * @param stage brings the decision, on any thread; its failure, and null, refuse the connection
     * @return the decision
     */
    static Decision later(CompletionStage<? extends Decision> stage) {
        return new Later(Objects.requireNonNull(stage));
    }

    /**
     * Decides by the first bytes of the connection: see {@link ByOpening}. As it is, it refuses everything.
     *
     * @return the decision, to be completed
     */
    static ByOpening byOpening() {
        return ByOpening.REFUSING;
    }

    /**
     * A PROXY header must come first, and from a trusted peer; anything else is refused. Then a gate decides about the
     * client that the header names.
     *
     * @param trusted who may send a header
     * @param gate asked with the client's own address
     * @return the decision
     */
    static Decision proxyProtocol(TrustedPeers trusted, Gate gate) {
        return new ProxyProtocol(Objects.requireNonNull(trusted), Objects.requireNonNull(gate));
    }
}
