// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.EngineRules;
import io.portcullis.internal.engine.JdkEngineFactory;
import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.engine.TicketKeys;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.CredentialSources;
import io.portcullis.internal.keys.Crls;
import io.portcullis.internal.keys.DatedTrustManager;
import io.portcullis.internal.keys.LostIssuers;
import io.portcullis.internal.keys.LostTrust;
import io.portcullis.internal.keys.NameTable;
import io.portcullis.internal.keys.Pins;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.ProfileState.FilesSeen;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngineFactory;
import java.net.IDN;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An immutable TLS configuration: certificates, trust, protocols, cipher suites, ALPN, client authentication, engine.
 * Only session ticket keys ({@link #rotateTicketKeys}), and the certificates and trust read from files
 * ({@link #reload()}), can be replaced while a profile is in use.
 *
 * <pre>{@code
 * TlsProfile profile = TlsProfile.builder()
 *         .certificate(Path.of("chain.pem"), Path.of("key.pem"))
 *         .protocols("TLSv1.3")
 *         .alpn("http/1.1")
 *         .build();
 * }</pre>
 *
 * <p>{@link TlsProfileBuilder#build()} validates the configuration, so that every existing profile is usable. The
 * defaults are secure, with no configuration beyond a certificate: TLS 1.3 and 1.2 only, ephemeral key exchange (ECDHE)
 * with authenticated encryption (AEAD) only, the server's order of preference, and a bounded session cache; a client
 * verifies the server's chain and name.
 *
 * <p>A profile creates filters for both sides. They share the profile's session caches, so a client resumes only
 * sessions that were established with the same profile. Thread-safe.
 */
public final class TlsProfile {
    private static final Logger LOG = LoggerFactory.getLogger(TlsProfile.class);
    /** The number of attempts to read files that change meanwhile. */
    private static final int ATTEMPTS = 10;

    private static final Pattern IPV4_LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private final TlsCapabilities engine;
    private final CredentialSources sources;
    private final boolean servesWithout;

    /** Replaced by compare-and-set only. */
    private final AtomicReference<ProfileState> state;

    TlsProfile(TlsCapabilities engine, ProfileState state, CredentialSources sources, boolean servesWithout) {
        this.engine = engine;
        this.state = new AtomicReference<>(state);
        this.sources = sources;
        this.servesWithout = servesWithout;
    }

    /**
     * Returns a builder with the secure defaults.
     *
     * @return a new builder
     */
    public static TlsProfileBuilder builder() {
        return new TlsProfileBuilder();
    }

    /**
     * Returns a profile for clients that trusts the same authorities as the JDK, and presents no certificate.
     *
     * @return a new profile with its own session caches: create one and reuse it
     */
    public static TlsProfile trustingSystem() {
        return builder().build();
    }

    /**
     * Returns the pin of a certificate's public key, in the form that {@link TlsProfileBuilder#pins} takes.
     *
     * @param certificate the certificate
     * @return {@code sha256/} and the base64 encoding of the SHA-256 hash of its SubjectPublicKeyInfo
     */
    public static String pin(X509Certificate certificate) {
        return Pins.pin(certificate);
    }

    /**
     * Returns a filter for the server side of a connection.
     *
     * @return a new filter
     * @throws IllegalStateException if the profile has no certificate
     */
    public Filter serverFilter() {
        return filter(serverEngine());
    }

    /**
     * Returns a filter for the client side of a connection. The client requests the host by name (SNI, RFC 6066, 3),
     * unless it is an IP address, and resumes an earlier session with the same host and port if possible.
     *
     * @param host the server's name or IP address, for which its certificate must be valid; it is not resolved
     * @param port the server's port
     * @return a new filter
     * @throws IllegalArgumentException if the host is not a valid name
     */
    public Filter clientFilter(String host, int port) {
        return filter(clientEngine(host, port));
    }

    private Filter filter(TlsEngine its) {
        return new TlsFilter(its, tasksMayBlock(), state.get().rules());
    }

    /**
     * Returns the capabilities of this profile's engine.
     *
     * @return the capabilities
     */
    public TlsCapabilities engine() {
        return engine;
    }

    /**
     * Replaces the session ticket keys for new connections. Put a new key first, followed by the old ones for as long
     * as their tickets are to be accepted. May be called at any time.
     *
     * @param keys as for {@link TlsProfileBuilder#ticketKeys}
     * @throws IllegalArgumentException if there is no key, or one does not have 48 bytes
     * @throws UnsupportedOperationException if the engine has no {@link TlsFeature#SHARED_TICKET_KEYS}
     */
    @SuppressWarnings("ReferenceEquality") // whether the state is still the same object
    public void rotateTicketKeys(byte[]... keys) {
        List<byte[]> copy = TicketKeys.copy(keys);
        if (!engine.has(TlsFeature.SHARED_TICKET_KEYS)) {
            throw new UnsupportedOperationException("the TLS engine '" + engine.name() + "' accepts no ticket keys");
        }
        state.updateAndGet(before -> before.ticketKeys(copy));
        // The thread that passes its keys to the engine last passes those of the last exchange.
        ProfileState given;
        do {
            given = state.get();
            given.factory().ticketKeys(given.config().ticketKeys());
        } while (given != state.get());
    }

    /**
     * Reads the files of the profile again, and applies changes in them to new connections; existing ones are not
     * affected. Blocks while it reads, and must therefore not be called on a dispatcher thread;
     * {@code CertificateWatch} and the builder of a server call it periodically on another one. A profile without files
     * never changes.
     *
     * <p>If only certificates have changed, sessions, caches and tickets are kept, and clients can resume. There are
     * two exceptions in engines: the JDK's from Java 25 on resumes by a ticket only while the certificate is the same,
     * and BoringSSL with TLS 1.2 only while the key type is the same. If the trusted certificates or the CRLs have
     * changed, earlier sessions are not resumed, so that revoked trust takes effect; existing connections are not
     * ended. If the files are invalid, nothing changes, and the previous certificates and trust remain in use.
     *
     * <p>May be called by several threads concurrently, and concurrently with {@link #rotateTicketKeys}: no call undoes
     * the effect of another.
     *
     * <p>Files are compared by their contents, so they can be replaced in any way: in place, by a rename, or by a link
     * to a directory, as Kubernetes does. Files that change during a read are read again. A file that is being written
     * may look complete, however, so call this method when the files are complete; {@code CertificateWatch} waits until
     * two consecutive checks have found the same contents ({@link #fingerprint()}). If a new chain lacks the issuer's
     * certificate although the previous one had it, a warning is logged.
     *
     * @return what has changed
     * @throws IllegalArgumentException if the files are invalid, as in {@link TlsProfileBuilder#build()}; also thrown
     *     by further calls until the files change
     */
    public Renewal reload() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ProfileState before = state.get();
            String seen = sources.fingerprint();
            if (seen.equals(before.files().taken())) {
                return Renewal.UNCHANGED;
            }
            before.files().check(seen);
            // If another exchange happens meanwhile, it may have read newer files, or set ticket keys: start again.
            try {
                ProfileState next = next(before, FilesSeen.taken(seen));
                if (exchange(before, next, seen)) {
                    return present(before, next);
                }
            } catch (IllegalArgumentException refused) {
                FilesSeen refusal = new FilesSeen(before.files().taken(), seen, refused);
                if (exchange(before, before.unchanged(refusal), seen)) {
                    throw refused;
                }
            }
        }
        throw Refusal.of("the files change faster than they can be read: " + files());
    }

    private boolean exchange(ProfileState before, ProfileState next, String seen) {
        return seen.equals(sources.fingerprint()) && state.compareAndSet(before, next);
    }

    private ProfileState next(ProfileState before, FilesSeen seen) {
        List<Credential> credentials = sources.loadCredentials();
        PeerTrust trust = before.trust().read(sources.loadTrust(), sources.loadCrls());
        EngineRules.checkKeys(engine, credentials);
        return Refusal.guard("the contents of the files", () -> next(before, seen, credentials, trust));
    }

    private ProfileState next(ProfileState before, FilesSeen seen, List<Credential> credentials, PeerTrust trust) {
        return switch (before.difference(credentials, trust)) {
            case UNCHANGED -> before.unchanged(seen);
            case CERTIFICATES -> before.renewed(seen, credentials);
            case TRUST -> {
                ProfileState fenced = before.fenced(seen, credentials, trust);
                tried(new TlsProfile(engine, fenced, sources, servesWithout));
                yield fenced;
            }
        };
    }

    /** Logs warnings about trusted certificates that are not valid now, which would otherwise go unnoticed. */
    static void warnOfDates(PeerTrust trust) {
        DatedTrustManager.warnings(trust.trusted(), Instant.now()).forEach(TlsProfile::warn);
        Crls.warnings(trust.crls(), Instant.now()).forEach(TlsProfile::warn);
    }

    private static void warn(String warning) {
        LOG.warn("{}", warning);
    }

    /** Makes the current engines present the new certificates. */
    private static Renewal present(ProfileState before, ProfileState now) {
        Renewal renewal = before.difference(now.credentials(), now.trust());
        if (renewal != Renewal.UNCHANGED) {
            LostIssuers.warnings(before.credentials(), now.credentials()).forEach(TlsProfile::warn);
        }
        if (renewal == Renewal.TRUST) {
            LostTrust.warning(before.trust().trusted(), now.trust().trusted()).ifPresent(TlsProfile::warn);
            warnOfDates(now.trust());
        }
        if (renewal == Renewal.CERTIFICATES && now.keys() != null) {
            now.keys().renew(now.version(), now.credentials());
        }
        return renewal;
    }

    /**
     * Returns a digest of the current contents of the profile's files. Blocks while it reads.
     *
     * @return equal for equal contents
     */
    public String fingerprint() {
        return sources.fingerprint();
    }

    /**
     * Returns the files that {@link #reload()} reads.
     *
     * @return the files as they were configured
     */
    public List<Path> files() {
        return sources.files();
    }

    /**
     * Returns the enabled protocols.
     *
     * @return their standard names, such as {@code TLSv1.3}; the preferred one first
     */
    public List<String> protocols() {
        return state.get().config().protocols();
    }

    /**
     * Returns the enabled cipher suites.
     *
     * @return their standard names, such as {@code TLS_AES_128_GCM_SHA256}; the preferred one first
     */
    public List<String> cipherSuites() {
        return state.get().config().cipherSuites();
    }

    /**
     * Returns the application protocols (ALPN, RFC 7301).
     *
     * @return their names, the preferred one first; empty if ALPN is not used
     */
    public List<String> applicationProtocols() {
        return state.get().config().applicationProtocols();
    }

    /**
     * Returns whether a server requests a certificate from its clients.
     *
     * @return the rule
     */
    public ClientAuth clientAuth() {
        return state.get().config().clientAuth();
    }

    /**
     * Returns the certificates that this profile can present, without their chains; for example to monitor when they
     * expire.
     *
     * @return the certificates in the order of their configuration; empty if there are none, or an SSLContext holds
     *     them
     */
    public List<X509Certificate> certificates() {
        return state.get().credentials().stream().map(Credential::certificate).toList();
    }

    /**
     * Returns whether servers can use this profile.
     *
     * @return true if it has a certificate, or was created from an SSLContext
     */
    public boolean serves() {
        return servesWithout || !state.get().credentials().isEmpty();
    }

    /**
     * Returns whether the tasks of a handshake may block, for example on a hardware key or an OCSP responder, rather
     * than only compute. Tasks that may block must not run on the threads that perform I/O.
     *
     * @return false only if everything that a handshake needs is known to be in memory
     */
    public boolean tasksMayBlock() {
        return state.get().config().tasksMayBlock();
    }

    /**
     * Returns one line for logs, without secrets.
     *
     * @return a description of the certificates, the protocols and the other settings
     */
    @Override
    public String toString() {
        return "TlsProfile[engine=" + engine.name() + ", certificates="
                + state.get().credentials() + ", protocols="
                + protocols()
                + ", cipherSuites=" + cipherSuites().size() + ", alpn=" + applicationProtocols() + ", clientAuth="
                + clientAuth() + "]";
    }

    /** Returns a new engine for the server side; its handshake has begun. */
    TlsEngine serverEngine() {
        if (!serves()) {
            throw new IllegalStateException("TlsProfile: this profile has no certificate, so it can be used by clients"
                    + " only; give it one with certificate() or keyStore()");
        }
        ProfileState now = state.get();
        List<String> guarded =
                engine.has(TlsFeature.ALPN_REFUSAL) ? List.of() : now.config().applicationProtocols();
        return new HelloGuard(now.factory().server(), guarded);
    }

    /** Returns a new engine for the client side; its handshake has begun. */
    TlsEngine clientEngine(String host, int port) {
        String name = hostName(host);
        return state.get().factory().client(name, port, serverName(name));
    }

    /** Returns a new client engine of a profile with the JDK's interface; its handshake has not begun. */
    SSLEngine clientSslEngine(String host, int port) {
        String name = hostName(host);
        return ((JdkEngineFactory) state.get().factory()).clientSslEngine(name, port, serverName(name));
    }

    /** Returns the server's credentials; empty if an SSLContext holds them. */
    List<Credential> credentials() {
        return state.get().credentials();
    }

    /** Returns the trusted certificates; empty for the JDK's default. */
    List<X509Certificate> trusted() {
        return state.get().trust().trusted();
    }

    TlsEngineFactory factory() {
        return state.get().factory();
    }

    /** Checks that the engine accepts the configuration, by creating an engine. */
    static TlsProfile tried(TlsProfile profile) {
        TlsEngine trial;
        try {
            trial = profile.serves()
                    ? profile.factory().server()
                    : profile.factory().client("localhost", 443, null);
        } catch (IllegalArgumentException | IllegalStateException | UnsupportedOperationException refused) {
            throw Refusal.of(
                    "the TLS engine '" + profile.engine.name() + "' refuses this configuration: "
                            + ForeignText.of(refused.getMessage())
                            + "; protocols " + profile.protocols() + ", cipher suites " + profile.cipherSuites(),
                    refused);
        }
        trial.free();
        return profile;
    }

    /** Returns the name to request; null for an address, or for an invalid name if names are not verified. */
    private @Nullable SNIHostName serverName(String name) {
        if (isIpLiteral(name)) {
            return null;
        }
        try {
            return new SNIHostName(name);
        } catch (IllegalArgumentException e) {
            if (state.get().config().verifiesServerName()) {
                throw notAName(name);
            }
            return null;
        }
    }

    /**
     * Returns the host in the form for TLS: ASCII, without a trailing dot (RFC 6066, 3) or the brackets of an IPv6
     * address.
     */
    private static String hostName(String host) {
        if (host.startsWith("[") && host.endsWith("]")) {
            return host.substring(1, host.length() - 1);
        }
        if (isIpLiteral(host)) {
            return host;
        }
        try {
            String ascii = NameTable.withoutRoot(IDN.toASCII(host));
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
        return Refusal.of("'" + host + "' cannot be the name of a server; use a DNS name (letters, digits,"
                + " hyphens and dots; the JDK allows no underscore, except with disableHostnameVerification()) or"
                + " an IP address");
    }
}
