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
import io.portcullis.internal.keys.DatedJudge;
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
 * While it is used only this can be exchanged: the keys of session tickets, and certificates and trust by
 * {@link #reload()}.
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
    private static final Logger LOG = LoggerFactory.getLogger(TlsProfile.class);
    /** How often files that change while they are read are read again. */
    private static final int ATTEMPTS = 10;

    private static final Pattern IPV4_LITERAL = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    private final TlsCapabilities engine;
    private final CredentialSources sources;
    private final boolean servesWithout;

    /** Exchanged by compare-and-set only, by whoever has seen the one before. */
    private final AtomicReference<ProfileState> state;

    TlsProfile(TlsCapabilities engine, ProfileState state, CredentialSources sources, boolean servesWithout) {
        this.engine = engine;
        this.state = new AtomicReference<>(state);
        this.sources = sources;
        this.servesWithout = servesWithout;
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
     * Returns the pin of a certificate's public key, in the form that {@link TlsProfileBuilder#pins} takes.
     *
     * @param certificate the certificate
     * @return {@code sha256/} and the base64 encoding of the SHA-256 hash of its SubjectPublicKeyInfo
     */
    public static String pin(X509Certificate certificate) {
        return Pins.pin(certificate);
    }

    /**
     * A filter for the server's side of a connection.
     *
     * @return a new filter
     * @throws IllegalStateException if the profile has no certificate
     */
    public Filter serverFilter() {
        return filter(serverEngine());
    }

    /**
     * A filter for the client's side of a connection. It asks for the host by name (SNI, RFC 6066, 3), unless the host
     * is an IP address, and resumes an earlier session with the same host and port if it can.
     *
     * @param host the server's name or IP address, which its certificate must be for; no look-up is made
     * @param port the server's port
     * @return a new filter
     * @throws IllegalArgumentException if the host cannot be a server's name
     */
    public Filter clientFilter(String host, int port) {
        return filter(clientEngine(host, port));
    }

    private Filter filter(TlsEngine its) {
        return new TlsFilter(its, tasksMayBlock(), state.get().rules());
    }

    /**
     * The engine that makes the connections of this profile.
     *
     * @return what it can do
     */
    public TlsCapabilities engine() {
        return engine;
    }

    /**
     * Exchanges the keys of session tickets for connections that come from now on: put a new one in front, and leave
     * the old ones behind it for as long as their tickets shall be taken. May be called at any time.
     *
     * @param keys as {@link TlsProfileBuilder#ticketKeys} wants them
     * @throws IllegalArgumentException if there is none, or one has not 48 bytes
     * @throws UnsupportedOperationException if the engine has no {@link TlsFeature#SHARED_TICKET_KEYS}
     */
    @SuppressWarnings("ReferenceEquality") // whether the state is still the same object
    public void rotateTicketKeys(byte[]... keys) {
        List<byte[]> copy = TicketKeys.copy(keys);
        if (!engine.has(TlsFeature.SHARED_TICKET_KEYS)) {
            throw new UnsupportedOperationException("the TLS engine '" + engine.name() + "' takes no ticket keys");
        }
        state.updateAndGet(before -> before.ticketKeys(copy));
        // Of several threads, the one that is last to hand over keys hands over those of the last exchange.
        ProfileState given;
        do {
            given = state.get();
            given.factory().ticketKeys(given.config().ticketKeys());
        } while (given != state.get());
    }

    /**
     * Looks into the files of the profile, and takes what is new in them for connections that come from now on; those
     * that exist go on as they are. Blocks while it reads, so not on a dispatcher's thread: {@code CertificateWatch}
     * and the builder of a server do it elsewhere, again and again. A profile without files never changes.
     *
     * <p>New certificates leave sessions, caches and tickets as they are: clients resume. Two engines make an exception
     * of their own: the JDK's from Java 25 on resumes by a ticket only while the certificate is the same, and BoringSSL
     * under TLS 1.2 only while the type of its key is. When the trusted certificates or the CRLs have changed, earlier
     * sessions are not resumed, so that revoked trust takes effect; existing connections are not ended. If anything is
     * wrong with the files nothing changes, and what was good before goes on.
     *
     * <p>May be called by several threads at once, and together with {@link #rotateTicketKeys}: none undoes what
     * another has done.
     *
     * <p>Files are compared by their contents, so any way to exchange them will do: in place, by a rename, by a link to
     * a directory as Kubernetes does it. Files that change while they are read are read again. But of a file that
     * somebody is still writing, a part may look like the whole, so call this when they are complete;
     * {@code CertificateWatch} waits until two of its looks in a row have found the same ({@link #fingerprint()}). If a
     * new chain lacks the issuer that the one before had, a warning is logged.
     *
     * @return what has changed
     * @throws IllegalArgumentException if the files cannot be taken, as {@link TlsProfileBuilder#build()} throws it;
     *     with each call until they change
     */
    public Renewal reload() {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            ProfileState before = state.get();
            String seen = sources.fingerprint();
            if (seen.equals(before.files().taken())) {
                return Renewal.UNCHANGED;
            }
            before.files().check(seen);
            // If another exchange comes in between, it may have read newer files, or brought ticket keys: begin again.
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
        return Refusal.guard("what is in the files", () -> next(before, seen, credentials, trust));
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

    /** Says what is trusted and is not valid now, which nobody would notice otherwise. */
    static void warnOfDates(PeerTrust trust) {
        DatedJudge.warnings(trust.trusted(), Instant.now()).forEach(TlsProfile::warn);
        Crls.warnings(trust.crls(), Instant.now()).forEach(TlsProfile::warn);
    }

    private static void warn(String warning) {
        LOG.warn("{}", warning);
    }

    /** Lets the engines that go on present what is new. */
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
     * A digest of what is in the files of the profile now. Blocks while it reads.
     *
     * @return the same as before, if the contents are
     */
    public String fingerprint() {
        return sources.fingerprint();
    }

    /**
     * The files that {@link #reload()} looks into.
     *
     * @return the files, as they were named
     */
    public List<Path> files() {
        return sources.files();
    }

    /**
     * The protocols on offer.
     *
     * @return the standard names, such as {@code TLSv1.3}; the preferred one first
     */
    public List<String> protocols() {
        return state.get().config().protocols();
    }

    /**
     * The cipher suites on offer.
     *
     * @return the standard names, such as {@code TLS_AES_128_GCM_SHA256}; the preferred one first
     */
    public List<String> cipherSuites() {
        return state.get().config().cipherSuites();
    }

    /**
     * The application protocols on offer (ALPN, RFC 7301).
     *
     * @return their names, the preferred one first; empty if ALPN is not used
     */
    public List<String> applicationProtocols() {
        return state.get().config().applicationProtocols();
    }

    /**
     * Whether a server asks its clients for a certificate.
     *
     * @return the rule
     */
    public ClientAuth clientAuth() {
        return state.get().config().clientAuth();
    }

    /**
     * The certificates that this profile can present, each without its chain: to watch when they end, for example.
     *
     * @return the certificates in the order they were given; empty if there are none, or a ready SSLContext holds them
     */
    public List<X509Certificate> certificates() {
        return state.get().credentials().stream().map(Credential::certificate).toList();
    }

    /**
     * Whether servers can use this profile.
     *
     * @return true if it has a certificate, or was made of a ready SSLContext
     */
    public boolean serves() {
        return servesWithout || !state.get().credentials().isEmpty();
    }

    /**
     * Whether the tasks of a handshake may wait for something (a hardware key, a revocation service), rather than just
     * compute. Those that may wait must not run on the threads that wait for the network.
     *
     * @return false only if everything a handshake needs is known to be in memory
     */
    public boolean tasksMayBlock() {
        return state.get().config().tasksMayBlock();
    }

    /**
     * One line for logs; holds no secret.
     *
     * @return the certificates, the protocols and the rest, in words
     */
    @Override
    public String toString() {
        return "TlsProfile[engine=" + engine.name() + ", certificates="
                + state.get().credentials() + ", protocols="
                + protocols()
                + ", cipherSuites=" + cipherSuites().size() + ", alpn=" + applicationProtocols() + ", clientAuth="
                + clientAuth() + "]";
    }

    /** A new engine for the server's side, its handshake begun. */
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

    /** A new engine for the client's side, its handshake begun. */
    TlsEngine clientEngine(String host, int port) {
        String name = hostName(host);
        return state.get().factory().client(name, port, serverName(name));
    }

    /** The same of a profile of the JDK's interface, not yet begun. */
    SSLEngine clientSslEngine(String host, int port) {
        String name = hostName(host);
        return ((JdkEngineFactory) state.get().factory()).clientSslEngine(name, port, serverName(name));
    }

    /** What a server presents; empty if a ready context does. */
    List<Credential> credentials() {
        return state.get().credentials();
    }

    /** Whom it trusts; empty for those whom the JDK trusts. */
    List<X509Certificate> trusted() {
        return state.get().trust().trusted();
    }

    TlsEngineFactory factory() {
        return state.get().factory();
    }

    /** Finds out whether the engine accepts the configuration, by making one. */
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

    /** What to ask for: nothing if it is an address, or a name that Java takes for none and nobody verifies. */
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

    /** The host as TLS wants it: in ASCII, without the root's dot (RFC 6066, 3) or the brackets of an IPv6 address. */
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
        return Refusal.of(
                "'" + host + "' cannot be the name of a server; bring a DNS name (letters, digits,"
                        + " hyphens and dots; the JDK allows no underscore, unless disableHostnameVerification() is said) or an IP address");
    }
}
