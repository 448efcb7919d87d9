// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.net.IDN;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * An immutable TLS configuration: certificates, trust, protocols, cipher suites, ALPN, client authentication.
 *
 * <p>Whatever can be found wrong is found when it is built, so that a profile that exists can be used: see
 * {@link TlsProfileBuilder#build()}. With no configuration beyond a certificate it is secure: TLS 1.3 and 1.2 only,
 * ephemeral key exchange (ECDHE) with authenticated encryption (AEAD) only, the server's order of preference, a bounded
 * session cache; a client verifies the server's chain and name.
 *
 * <p>The same profile makes filters for both sides. Those of one profile share its session caches, so a client resumes
 * only sessions that were made with the same profile. Thread-safe.
 */
public final class TlsProfile {
    private static final Pattern IPV4_LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private final SSLContext context;
    private final List<Credential> credentials;
    private final boolean servesWithout;
    private final SSLParameters server;
    private final SSLParameters client;
    private final boolean tasksMayBlock;

    TlsProfile(
            SSLContext context,
            List<Credential> credentials,
            boolean servesWithout,
            SSLParameters server,
            SSLParameters client,
            boolean tasksMayBlock) {
        this.context = context;
        this.credentials = credentials;
        this.servesWithout = servesWithout;
        this.server = server;
        this.client = client;
        this.tasksMayBlock = tasksMayBlock;
    }

    /**
     * Begins a profile with the secure defaults.
     *
     * @return a new builder
     */
    public static TlsProfileBuilder builder() {
        return new TlsProfileBuilder();
    }

    /**
     * A profile for clients that trusts the certificate authorities which the JDK trusts, and presents no certificate.
     *
     * @return a new profile, with session caches of its own: make one and keep it
     */
    public static TlsProfile trustingSystem() {
        return builder().build();
    }

    /**
     * A filter for the server's side of a connection.
     *
     * @return a new filter
     * @throws IllegalStateException if the profile has no certificate
     */
    public Filter serverFilter() {
        return new TlsFilter(new SslEngineAdapter(serverEngine()), tasksMayBlock);
    }

    /**
     * A filter for the client's side of a connection. It asks for the host by name (SNI, RFC 6066, 3), unless the host is
     * an IP address, and resumes an earlier session with the same host and port if it can.
     *
     * @param host the server's name or IP address, which its certificate must be for; no look-up is made
     * @param port the server's port
     * @return a new filter
     * @throws IllegalArgumentException if the host cannot be a server's name
     */
    public Filter clientFilter(String host, int port) {
        return new TlsFilter(new SslEngineAdapter(clientEngine(host, port)), tasksMayBlock);
    }

    /**
     * The protocols on offer.
     *
     * @return the standard names, such as {@code TLSv1.3}; the preferred one first
     */
    public List<String> protocols() {
        return List.of(server.getProtocols());
    }

    /**
     * The cipher suites on offer.
     *
     * @return the standard names, such as {@code TLS_AES_128_GCM_SHA256}; the preferred one first
     */
    public List<String> cipherSuites() {
        return List.of(server.getCipherSuites());
    }

    /**
     * The application protocols on offer (ALPN, RFC 7301).
     *
     * @return their names, the preferred one first; empty if ALPN is not used
     */
    public List<String> applicationProtocols() {
        return List.of(server.getApplicationProtocols());
    }

    /**
     * Whether a server asks its clients for a certificate.
     *
     * @return the rule
     */
    public ClientAuth clientAuth() {
        if (server.getNeedClientAuth()) {
            return ClientAuth.NEED;
        }
        return server.getWantClientAuth() ? ClientAuth.WANT : ClientAuth.NONE;
    }

    /**
     * The certificates that this profile can present, each without its chain: to watch when they end, for example.
     *
     * @return the certificates in the order they were given; empty if there are none, or a ready SSLContext holds them
     */
    public List<X509Certificate> certificates() {
        return credentials.stream().map(Credential::certificate).toList();
    }

    /**
     * Whether the tasks of a handshake may wait for something (a hardware key, a revocation service), rather than just
     * compute. Those that may wait must not run on the threads that wait for the network.
     *
     * @return false only if everything a handshake needs is known to be in memory
     */
    public boolean tasksMayBlock() {
        return tasksMayBlock;
    }

    /**
     * One line for logs; holds no secret.
     *
     * @return the certificates, the protocols and the rest, in words
     */
    @Override
    public String toString() {
        return "TlsProfile[certificates=" + credentials + ", protocols=" + protocols() + ", cipherSuites="
                + cipherSuites().size() + ", alpn=" + applicationProtocols() + ", clientAuth=" + clientAuth() + "]";
    }

    /** A new engine for the server's side, ready to begin. */
    SSLEngine serverEngine() {
        if (credentials.isEmpty() && !servesWithout) {
            throw new IllegalStateException("TlsProfile: this profile has no certificate, so it can be used by clients"
                    + " only; give it one with certificate() or keyStore()");
        }
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(server);
        return engine;
    }

    /** A new engine for the client's side, ready to begin. */
    SSLEngine clientEngine(String host, int port) {
        String name = hostName(host);
        SSLEngine engine = context.createSSLEngine(name, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(clientParameters(name));
        return engine;
    }

    SSLContext context() {
        return context;
    }

    /** What a server presents; empty if a ready context does. */
    List<Credential> credentials() {
        return credentials;
    }

    private SSLParameters clientParameters(String name) {
        SSLParameters parameters = new SSLParameters(client.getCipherSuites(), client.getProtocols());
        parameters.setApplicationProtocols(client.getApplicationProtocols());
        parameters.setEndpointIdentificationAlgorithm(client.getEndpointIdentificationAlgorithm());
        if (isIpLiteral(name)) {
            return parameters;
        }
        try {
            parameters.setServerNames(List.of(new SNIHostName(name)));
        } catch (IllegalArgumentException e) {
            throw notAName(name);
        }
        return parameters;
    }

    /** The host as TLS wants it: in ASCII, without the root's dot (RFC 6066, 3) or the brackets of an IPv6 address. */
    private static String hostName(String host) {
        if (host.startsWith("[") && host.endsWith("]")) {
            return host.substring(1, host.length() - 1);
        }
        if (isIpLiteral(host)) {
            return host;
        }
        try {
            String ascii = IDN.toASCII(host.endsWith(".") ? host.substring(0, host.length() - 1) : host);
            if (ascii.isEmpty()) {
                throw notAName(host);
            }
            return ascii;
        } catch (IllegalArgumentException e) {
            throw notAName(host);
        }
    }

    private static boolean isIpLiteral(String host) {
        return host.indexOf(':') >= 0 || IPV4_LITERAL.matcher(host).matches();
    }

    private static IllegalArgumentException notAName(String host) {
        return Refusal.of("'" + host + "' cannot be the name of a server; bring a DNS name (letters, digits,"
                + " hyphens and dots; the JDK allows no underscore) or an IP address");
    }
}
