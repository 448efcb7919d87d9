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
 * A profile as an engine gets it: data that were checked, names that the engine has, and the decisions about
 * certificates in the JDK's own form.
 *
 * @param protocols standard names, at least one, the preferred one first
 * @param cipherSuites standard names, at least one, the preferred one first; a server goes by its own order
 * @param groups of the key exchange, the preferred one first; empty for the engine's own choice
 * @param applicationProtocols for ALPN (RFC 7301), the preferred one first; empty for none. A server refuses a client
 *     that offers only others (alert 120), and goes on without with one that offers none
 * @param clientAuth whether a server asks its clients for a certificate
 * @param keyManager chooses the certificate to present, a server's by the name that the client asks for; empty if there
 *     is no certificate
 * @param trustManagers what judges a peer's certificate; a client's also by the server's name, if the engine tells its
 *     {@code SSLParameters} the endpoint identification algorithm
 * @param servedName what a server answers to; others are refused (alert 112); empty if every name is served
 * @param verifiesServerName whether a client insists on the server's name in its certificate
 * @param sessionCacheSize how many sessions are kept to be resumed, on each side
 * @param sessionLifetime how long; that of tickets, too
 * @param ticketKeys 48 bytes each: 16 that name the key, 16 for HMAC, 16 for AES; the first encrypts, all decrypt;
 *     empty for keys of the engine's own
 * @param tasksMayBlock whether keys or trust may wait for something, and must not run within wrap and unwrap
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
