// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.ClientHello;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.ServerNameMap;
import io.portcullis.tls.TlsProfile;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a new connection is: plain, TLS with which profile, passed on to another address, or refused. Each
 * connection decides for itself; listeners with different gates share one dispatcher.
 *
 * <p>A gate is told facts and answers a {@link Decision}: at once, by what the connection opens with
 * ({@link Decision#byOpening()}), or when somebody else has decided ({@link Decision#later}). It never sees a byte that
 * it could consume. The handshake deadline bounds everything together: the gate, whatever it waits for, and the
 * handshake; it counts from the accept, and nothing that a peer sends moves it.
 *
 * <p>Gates are made of gates: {@code Gate.proxyProtocol(trusted, Gate.requireTls(Gate.bySni(profiles, null),
 * redirect))}.
 */
@FunctionalInterface
public interface Gate {

    /**
     * Decides about a new connection. Called once for each, on a dispatcher thread, and must not block.
     *
     * @param peer what is known of it
     * @return the decision; null, or an exception, refuses the connection
     */
    Decision decide(Peer peer);

    /**
     * The TLS profiles that this gate may choose, as far as it knows them before a connection has come. A server warms
     * them up before it opens, if it is told to; a gate of one's own that is to be warmed up overrides this.
     *
     * @return the profiles; none, unless a gate says otherwise
     */
    default Collection<TlsProfile> profiles() {
        return List.of();
    }

    /**
     * Every connection is plain.
     *
     * @return the gate
     */
    static Gate plain() {
        return peer -> Decision.plain();
    }

    /**
     * Every connection is TLS. A peer that sends something else gets an alert and is closed.
     *
     * @param profile the configuration
     * @return the gate
     */
    static Gate tls(TlsProfile profile) {
        return always(List.of(profile), Decision.tls(profile));
    }

    /**
     * Every connection is TLS. A peer that sends something else gets an answer that it understands, and is closed.
     *
     * @param profile the configuration
     * @param plaintextAnswer such as {@code "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"} in ASCII
     * @return the gate
     */
    static Gate tls(TlsProfile profile, byte[] plaintextAnswer) {
        return requireTls(tls(profile), new String(plaintextAnswer, StandardCharsets.ISO_8859_1));
    }

    /**
     * Plain or TLS, by the first bytes. A peer from which nothing comes is closed at the handshake deadline: for a
     * protocol in which the server speaks first see {@link #detect(TlsProfile, Duration)}.
     *
     * @param profile the configuration of connections that open with a ClientHello
     * @return the gate
     */
    static Gate detect(TlsProfile profile) {
        ByOpening byFirstBytes =
                Decision.byOpening().onTls(Decision.tls(profile)).onPlaintext(Decision.plain());
        return always(List.of(profile), byFirstBytes);
    }

    /**
     * Plain or TLS, by the first bytes; and plain if there are none for a time, so that the server may speak first.
     *
     * @param profile the configuration of connections that open with a ClientHello
     * @param silence how long to listen: more than a TLS client needs to send its first bytes, less than a user would
     *     notice; 200 ms or so
     * @return the gate
     */
    static Gate detect(TlsProfile profile, Duration silence) {
        ByOpening orSilence = Decision.byOpening()
                .onTls(Decision.tls(profile))
                .onPlaintext(Decision.plain())
                .onSilence(silence, Decision.speakFirst());
        return always(List.of(profile), orSilence);
    }

    /**
     * TLS with a profile that is chosen by the server name in the ClientHello, which is read to its end first. A hello
     * that cannot be read, or a name that is not in the map, refuses the connection.
     *
     * <p>Names are compared as for certificates ({@link ServerNameMap}): in any case, in Unicode or in ASCII (IDNA),
     * with the dot of the root or without it; an exact name is found before a wildcard, such as {@code *.example.org},
     * which stands for one label.
     *
     * @param profiles by DNS name
     * @param nameless the profile for clients that name no server, or null to refuse them
     * @return the gate
     * @throws IllegalArgumentException if a key is no name that a client could ask for, or two of them are the same
     *     name
     */
    static Gate bySni(Map<String, TlsProfile> profiles, @Nullable TlsProfile nameless) {
        ServerNameMap<TlsProfile> byName = ServerNameMap.of(profiles);
        List<TlsProfile> all = Stream.concat(new TreeMap<>(profiles).values().stream(), Stream.ofNullable(nameless))
                .toList();
        return always(all, Decision.byOpening().onHello(hello -> byName(hello, byName, nameless)));
    }

    /**
     * Selects another gate by the server name in the ClientHello: TLS with a profile, a relay, a rejection, or a
     * composed gate. Names are compared as in {@link #bySni(Map, TlsProfile)}. The complete ClientHello is read first
     * and nothing is consumed, so the selected gate sees it again. A ClientHello that cannot be parsed, and anything
     * other than TLS, is refused.
     *
     * @param gates by DNS name, or by wildcard
     * @param otherwise the gate for clients that request another name, or none
     * @return the gate
     * @throws IllegalArgumentException if a key is no name that a client could ask for, or two of them are the same
     *     name
     */
    static Gate bySni(Map<String, Gate> gates, Gate otherwise) {
        ServerNameMap<Gate> byName = ServerNameMap.of(gates);
        return byHello(
                gates,
                otherwise,
                hello -> hello.serverName().flatMap(byName::find).orElse(otherwise));
    }

    /**
     * TLS with a profile that is selected by the application protocols that the client offers (ALPN, RFC 7301): by the
     * first protocol in the client's list that is in the map. A client that offers only other protocols is refused
     * (alert 120). GREASE values (RFC 8701) are ignored.
     *
     * @param profiles by protocol, such as {@code h2}; each profile must itself negotiate its protocol
     *     ({@link io.portcullis.tls.TlsProfileBuilder#alpn})
     * @param without the profile for clients that offer no protocol, or null to refuse them
     * @return the gate
     * @throws IllegalArgumentException if a profile does not negotiate its protocol
     */
    static Gate byAlpn(Map<String, TlsProfile> profiles, @Nullable TlsProfile without) {
        Map<String, Gate> gates = new TreeMap<>();
        profiles.forEach((protocol, profile) -> {
            if (!profile.applicationProtocols().contains(protocol)) {
                throw new IllegalArgumentException("the profile for the application protocol '"
                        + ForeignText.name(protocol) + "' does not negotiate it, but "
                        + profile.applicationProtocols() + "; add it to the profile's alpn()");
            }
            gates.put(protocol, tls(profile));
        });
        Gate others = reject(
                HandshakeFailure.NO_APPLICATION_PROTOCOL,
                "the client offers none of the application protocols " + gates.keySet());
        Gate none = without == null ? others : tls(without);
        return byHello(
                gates,
                none,
                hello -> byProtocol(hello, gates, hello.applicationProtocols().isEmpty() ? none : others));
    }

    /**
     * Selects another gate by the application protocols that the client offers (ALPN, RFC 7301): by the first protocol
     * in the client's list that is in the map. The complete ClientHello is read first and nothing is consumed, so the
     * selected gate sees it again. A ClientHello that cannot be parsed, and anything other than TLS, is refused.
     *
     * @param gates by protocol, such as {@code h2} or {@code acme-tls/1}
     * @param otherwise the gate for clients that offer only other protocols, or none
     * @return the gate
     */
    static Gate byAlpn(Map<String, Gate> gates, Gate otherwise) {
        Map<String, Gate> copy = Map.copyOf(gates);
        return byHello(copy, otherwise, hello -> byProtocol(hello, copy, otherwise));
    }

    private static Gate byProtocol(ClientHello hello, Map<String, Gate> gates, Gate otherwise) {
        for (String offered : hello.applicationProtocols()) {
            Gate gate = gates.get(offered);
            if (gate != null) {
                return gate;
            }
        }
        return otherwise;
    }

    private static Gate byHello(Map<String, Gate> gates, Gate otherwise, Function<ClientHello, Gate> choice) {
        Set<TlsProfile> profiles = new LinkedHashSet<>();
        new TreeMap<>(gates).values().forEach(gate -> profiles.addAll(gate.profiles()));
        profiles.addAll(otherwise.profiles());
        return knowing(
                List.copyOf(profiles),
                peer -> Decision.byOpening()
                        .onHello(hello -> choice.apply(hello).decide(peer)));
    }

    /**
     * Relays every connection to another address: see {@link Decision#relay}.
     *
     * @param target where to, an address or a name
     * @return the gate
     */
    static Gate relay(InetSocketAddress target) {
        return always(List.of(), Decision.relay(target));
    }

    /**
     * Refuses every connection with the alert that corresponds to the failure.
     *
     * @param failure the bounded reason
     * @param reason the message for the log: what was refused, and what to do
     * @return the gate
     */
    static Gate reject(HandshakeFailure failure, String reason) {
        return always(List.of(), Decision.reject(failure, reason));
    }

    private static Decision byName(ClientHello hello, ServerNameMap<TlsProfile> byName, @Nullable TlsProfile nameless) {
        TlsProfile profile = hello.serverName().isPresent()
                ? byName.find(hello.serverName().get()).orElse(null)
                : nameless;
        return profile != null
                ? Decision.tls(profile)
                : Decision.reject(
                        HandshakeFailure.UNKNOWN_SERVER_NAME,
                        "nothing is served here under "
                                + hello.serverName()
                                        .map(name -> "the name " + ForeignText.name(name))
                                        .orElse("no name"));
    }

    /**
     * Behind a proxy: a PROXY header, of version 1 or 2, comes in front of everything else, and the connection's remote
     * address is the one that it names. From anybody who is not trusted the connection is refused, with a header or
     * without one; and without one also from those who are. A listener that shall serve both asks first: {@code peer ->
     * trusted.contains(peer.address()) ? proxied.decide(peer) : direct.decide(peer)}.
     *
     * @param trusted who may speak for others
     * @param gate asked about the client that the header names
     * @return the gate
     */
    static Gate proxyProtocol(TrustedPeers trusted, Gate gate) {
        return always(gate.profiles(), Decision.proxyProtocol(trusted, gate));
    }

    /**
     * Everything that is not TLS gets an answer that it understands and is closed, whatever the gate behind it would
     * say; TLS goes on to that gate.
     *
     * @param gate asked about connections that open with a ClientHello
     * @param answer such as {@code "HTTP/1.1 301 Moved Permanently\r\nLocation: https://example.org/\r\n\r\n"}
     * @return the gate
     */
    static Gate requireTls(Gate gate, String answer) {
        ByOpening plaintextIsRefused = Decision.byOpening().onPlaintext(Decision.reject(answer));
        return knowing(gate.profiles(), peer -> plaintextIsRefused.onTls(gate.decide(peer)));
    }

    private static Gate always(Collection<TlsProfile> profiles, Decision decision) {
        return knowing(List.copyOf(profiles), peer -> decision);
    }

    /** A gate that knows beforehand which profiles it may choose. */
    private static Gate knowing(Collection<TlsProfile> profiles, Gate gate) {
        record ProfileGate(Collection<TlsProfile> profiles, Gate gate) implements Gate {
            @Override
            public Decision decide(Peer peer) {
                return gate.decide(peer);
            }
        }
        return new ProfileGate(profiles, gate);
    }
}
