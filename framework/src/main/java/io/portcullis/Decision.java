// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsProfile;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * The result of a {@link Gate}: what a connection is, or what to wait for before that is known. A decision is a value:
 * it holds no bytes and starts nothing, may be created once and returned any number of times, and can be compared in
 * tests.
 *
 * <p>There is no default. A gate that returns null or throws an exception, and a stage that fails or completes with
 * null, refuse the connection ({@link HandshakeFailure#UNDECIDED}); if a stage never completes, the connection ends at
 * the handshake deadline.
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
     * The connection is relayed unchanged.
     *
     * @param target the address to relay to
     */
    record Relay(InetSocketAddress target) implements Decision {}

    /**
     * The connection is refused.
     *
     * @param failure the bounded reason
     * @param reason an explanation for the log: what was refused, and what to do
     * @param answer the response to a peer that does not speak TLS, sent in ISO 8859-1 before the end; may be empty
     */
    record Reject(HandshakeFailure failure, String reason, String answer) implements Decision {}

    /**
     * The decision is made asynchronously.
     *
     * @param stage completes with the decision, on any thread
     */
    record Later(CompletionStage<? extends Decision> stage) implements Decision {}

    /**
     * A PROXY header comes first.
     *
     * @param trusted the peers that may send one
     * @param gate decides on the client that the header names
     */
    record ProxyProtocol(TrustedPeers trusted, Gate gate) implements Decision {}

    /**
     * Returns the decision that the connection is plain. It is open immediately, and the handler's {@code onOpen} may
     * send the first bytes.
     *
     * @return the decision
     */
    static Decision plain() {
        return new Plain();
    }

    /**
     * Returns the same decision as {@link #plain()}, under a name that fits a silent client, which waits for a
     * greeting: the handler's {@code onOpen} sends it. {@link Connection#startTls} remains possible.
     *
     * @return the decision
     */
    static Decision speakFirst() {
        return plain();
    }

    /**
     * Returns the decision that the connection is TLS. A connection that does not open with a ClientHello gets an alert
     * and is closed.
     *
     * @param profile the configuration of this connection
     * @return the decision
     */
    static Decision tls(TlsProfile profile) {
        return new Tls(Objects.requireNonNull(profile));
    }

    /**
     * Returns the decision to relay the connection: everything that the client sends, from its first byte on, is
     * forwarded to another address, and everything that comes from there is forwarded to the client, unchanged and as
     * fast as the slower side takes it. Each direction ends separately. Of the connection's handler only
     * {@code onClose} is called.
     *
     * <p>The server connects to the target as a client does: an unresolved name is looked up off the dispatcher
     * threads, and its addresses are raced. If no connection is established within half of the handshake timeout, the
     * connection is refused ({@link HandshakeFailure#RELAY_FAILED}; the cause is a {@link ConnectFailedException}).
     *
     * @param target the address or name to relay to
     * @return the decision
     */
    static Decision relay(InetSocketAddress target) {
        return new Relay(Objects.requireNonNull(target));
    }

    /**
     * Returns the decision to refuse the connection. A client that has sent something gets a TLS alert; nothing is sent
     * to one that has not.
     *
     * @return the decision
     */
    static Decision reject() {
        return reject("");
    }

    /**
     * Returns the decision to refuse the connection with a response in the client's own protocol, or with an alert if
     * it opened with a ClientHello.
     *
     * @param answer the response, such as {@code "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"}, sent as ISO
     *     8859-1
     * @return the decision
     */
    static Decision reject(String answer) {
        return new Reject(HandshakeFailure.REFUSED, "the gate refused the connection", Objects.requireNonNull(answer));
    }

    /**
     * Returns the decision to refuse the connection for a reason; the client gets the matching alert.
     *
     * @param failure the bounded reason
     * @param reason an explanation for the log: what was refused, and what to do; at most 16 bytes of the peer's data,
     *     in hexadecimal
     * @return the decision
     */
    static Decision reject(HandshakeFailure failure, String reason) {
        return new Reject(Objects.requireNonNull(failure), Objects.requireNonNull(reason), "");
    }

    /**
     * Returns a decision that is made asynchronously, for example by a database or another service. Meanwhile the
     * connection occupies no thread, is not read, and delays no other connection; its handshake deadline continues to
     * run.
     *
     * @param stage completes with the decision, on any thread; a failure or null refuses the connection
     * @return the decision
     */
    static Decision later(CompletionStage<? extends Decision> stage) {
        return new Later(Objects.requireNonNull(stage));
    }

    /**
     * Returns a decision by the first bytes of the connection: see {@link ByOpening}. Without further configuration it
     * refuses everything.
     *
     * @return the decision, to be configured with its methods
     */
    static ByOpening byOpening() {
        return ByOpening.REFUSING;
    }

    /**
     * Returns the decision to require a PROXY header from a trusted peer; anything else is refused. Then a gate decides
     * on the client that the header names.
     *
     * @param trusted the peers that may send a header
     * @param gate called with the client's own address
     * @return the decision
     */
    static Decision proxyProtocol(TrustedPeers trusted, Gate gate) {
        return new ProxyProtocol(Objects.requireNonNull(trusted), Objects.requireNonNull(gate));
    }
}
