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
 * Decides what a new connection is: plain, TLS with a particular profile, relayed to another address, or refused. The
 * decision is made for each connection separately; listeners with different gates share one dispatcher.
 *
 * <p>A gate receives what is known of the connection and returns a {@link Decision}: immediately, by the first bytes of
 * the connection ({@link Decision#byOpening()}), or asynchronously ({@link Decision#later}). It cannot consume any
 * bytes. The handshake deadline covers the gate, everything that it waits for, and the handshake together; it counts
 * from the accept, and nothing that a peer sends extends it.
 *
 * <p>Gates can be combined. Behind a proxy, TLS by server name, and a redirect for plaintext:
 *
 * <pre>{@code
 * Gate gate = Gate.proxyProtocol(trusted, Gate.requireTls(Gate.bySni(profiles, null), redirect));
 * }</pre>
 */
@FunctionalInterface
public interface Gate {

    /**
     * Decides what a new connection is. Called once for each connection, on a dispatcher thread; must not block.
     *
     * @param peer what is known of the connection
     * @return the decision; null, or an exception, refuses the connection
     */
    Decision decide(Peer peer);

    /**
     * Returns the TLS profiles that this gate may select, as far as they are known before a connection arrives. If so
     * configured, a server warms them up before it opens; a custom gate that should be warmed up overrides this method.
     *
     * @return the profiles; none by default
     */
    default Collection<TlsProfile> profiles() {
        return List.of();
    }

    /**
     * Returns a gate for which every connection is plain.
     *
     * @return the gate
     */
    static Gate plain() {
        return peer -> Decision.plain();
    }

    /**
     * Returns a gate for which every connection is TLS. A peer that sends something else gets an alert, and its
     * connection is closed.
     *
     * @param profile the configuration
     * @return the gate
     */
    static Gate tls(TlsProfile profile) {
        return always(List.of(profile), Decision.tls(profile));
    }

    /**
     * Returns a gate for which every connection is TLS. A peer that sends something else gets a response in its own
     * protocol, and its connection is closed.
     *
     * @param profile the configuration
     * @param plaintextAnswer the response, such as {@code "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"} in
     *     ASCII
     * @return the gate
     */
    static Gate tls(TlsProfile profile, byte[] plaintextAnswer) {
        return requireTls(tls(profile), new String(plaintextAnswer, StandardCharsets.ISO_8859_1));
    }

    /**
     * Returns a gate that detects plaintext or TLS by the first bytes. The connection of a peer that sends nothing is
     * closed at the handshake deadline; for a protocol in which the server speaks first see {@link #detect(TlsProfile,
     * Duration)}.
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
     * Returns a gate that detects plaintext or TLS by the first bytes, and decides on plaintext if none arrive for some
     * time, so that the server can speak first.
     *
     * @param profile the configuration of connections that open with a ClientHello
     * @param silence how long to wait for the first bytes: longer than a TLS client needs to send them, shorter than a
     *     user would notice; about 200 ms
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
     * Returns a gate that requires TLS and selects the profile by the server name in the ClientHello, which is read
     * completely first. The connection is refused if the hello cannot be parsed or the name is not in the map.
     *
     * <p>Names are compared as for certificates ({@link ServerNameMap}): ignoring case, in Unicode or ASCII
     * ({@link java.net.IDN}, which implements IDNA 2003: names that IDNA 2008 writes differently, such as those with
     * {@code ß}, have to be given in ASCII), with or without the trailing dot; an exact name takes precedence over a
     * wildcard, such as {@code *.example.org}, which matches one label.
     *
     * @param profiles the profiles by DNS name
     * @param nameless the profile for clients that name no server, or null to refuse them
     * @return the gate
     * @throws IllegalArgumentException if a key is not a name that a client could request, or two keys are the same
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
     * @throws IllegalArgumentException if a key has not 1 to 255 characters of ISO 8859-1
     */
    static Gate byAlpn(Map<String, Gate> gates, Gate otherwise) {
        Map<String, Gate> copy = Map.copyOf(gates);
        copy.keySet().forEach(Gate::requirePossible);
        return byHello(copy, otherwise, hello -> byProtocol(hello, copy, otherwise));
    }

    private static void requirePossible(String protocol) {
        boolean latin = protocol.chars().allMatch(character -> character <= 0xff);
        if (protocol.isEmpty() || protocol.length() > 255 || !latin) {
            throw new IllegalArgumentException("no client can offer the application protocol '"
                    + ForeignText.name(protocol) + "': a name has 1 to 255 bytes (RFC 7301, 3.1)");
        }
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
     * Returns a gate for a listener behind a proxy: each connection must begin with a PROXY header, version 1 or 2,
     * which determines its remote address. Connections from peers that are not trusted are refused, with or without a
     * header; those from trusted peers are refused without a header. A listener that serves both checks the address
     * first: {@code peer -> trusted.contains(peer.address()) ? proxied.decide(peer) : direct.decide(peer)}.
     *
     * @param trusted the peers that may send a header
     * @param gate decides on the client that the header names
     * @return the gate
     */
    static Gate proxyProtocol(TrustedPeers trusted, Gate gate) {
        return always(gate.profiles(), Decision.proxyProtocol(trusted, gate));
    }

    /**
     * Returns a gate that sends connections other than TLS a response in their own protocol and closes them, whatever
     * the given gate would decide; TLS connections are passed to that gate.
     *
     * @param gate decides on connections that open with a ClientHello
     * @param answer the response, such as {@code "HTTP/1.1 301 Moved Permanently\r\nLocation:
     *     https://example.org/\r\n\r\n"}
     * @return the gate
     */
    static Gate requireTls(Gate gate, String answer) {
        ByOpening plaintextIsRefused = Decision.byOpening().onPlaintext(Decision.reject(answer));
        return knowing(gate.profiles(), peer -> plaintextIsRefused.onTls(gate.decide(peer)));
    }

    private static Gate always(Collection<TlsProfile> profiles, Decision decision) {
        return knowing(List.copyOf(profiles), peer -> decision);
    }

    /** Returns a gate that knows in advance which profiles it may select. */
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
