// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.tls.ClientAuth;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * A profile in the form for engines: its values have been checked, it uses the engine's names, and decisions about
 * certificates are made by the JDK's interfaces.
 *
 * @param protocols standard names, not empty, the preferred one first
 * @param cipherSuites standard names, not empty, the preferred one first; a server uses its own order of preference
 * @param groups the key exchange groups, the preferred one first; empty for the engine's default
 * @param applicationProtocols for ALPN (RFC 7301), the preferred one first; empty to use none. A server refuses a
 *     client that offers only other protocols (alert 120), and continues without ALPN if the client offers none
 * @param clientAuth whether a server requests a certificate from its clients
 * @param keyManager chooses the certificate to present, a server's by the name that the client requests; empty if there
 *     is no certificate
 * @param trustManagers verify a peer's certificate, and for a client also the server's name, if the engine passes them
 *     {@code SSLParameters} with an endpoint identification algorithm
 * @param servedName the server names that are served; others are refused (alert 112); empty if every name is served
 * @param verifiesServerName whether a client requires that the certificate is for the server's name
 * @param sessionCacheSize the maximum number of sessions that are kept, separately for each side
 * @param sessionLifetime how long a session, or its ticket, can be resumed
 * @param ticketKeys 48 bytes each: 16 for the name of the key, 16 for HMAC, 16 for AES; the first key encrypts, all
 *     keys decrypt; empty for the engine's own keys
 * @param tasksMayBlock whether keys or trust managers may block, so that they must not be called within wrap and unwrap
 */
public record TlsEngineConfig(
        List<String> protocols,
        List<String> cipherSuites,
        List<String> groups,
        List<String> applicationProtocols,
        ClientAuth clientAuth,
        Optional<X509ExtendedKeyManager> keyManager,
        List<TrustManager> trustManagers,
        Optional<Predicate<String>> servedName,
        boolean verifiesServerName,
        int sessionCacheSize,
        Duration sessionLifetime,
        List<byte[]> ticketKeys,
        boolean tasksMayBlock) {}
