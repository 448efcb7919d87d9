// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.CipherPolicy;
import io.portcullis.internal.engine.EngineRules;
import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.engine.SessionCache;
import io.portcullis.internal.engine.TicketKeys;
import io.portcullis.internal.keys.ChainRules;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.CredentialSources;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.ProfileState.FilesSeen;
import io.portcullis.tls.spi.TlsEngineConfig;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link TlsProfile}. Created by {@link TlsProfile#builder()}.
 *
 * <p>The methods for certificates and trust may be called repeatedly; their effects add up. Files are read by
 * {@link #build()}, each time it is called, so that a renewed certificate needs no new builder. Passwords are copied,
 * so that the caller can erase its own arrays; the copies live as long as the builder.
 *
 * <p>Not thread-safe.
 */
public final class TlsProfileBuilder extends CredentialBuilder<TlsProfileBuilder> {
    private EngineChoice engine = EngineChoice.DEFAULT;
    private @Nullable SSLContext context;
    private CipherPolicy ciphers = CipherPolicy.SECURE;
    private List<String> groups = List.of();
    private List<String> applicationProtocols = List.of();
    private ClientAuth clientAuth = ClientAuth.NONE;
    private boolean refuseUnknownServerNames;
    private boolean verifyServerName = true;
    private @Nullable SessionCache sessionCache;
    private List<byte[]> ticketKeys = List.of();
    private boolean exportChannelBinding;
    private @Nullable Boolean tasksMayBlock;

    TlsProfileBuilder() {}

    @Override
    TlsProfileBuilder self() {
        return this;
    }

    /**
     * Sets the TLS engine. The default is {@code jdk}, which needs no further dependency; {@link TlsEngines#list()}
     * returns all engines.
     *
     * @param name the engine's name, such as {@code jdk} or {@code boringssl}; it must be available on this machine
     * @return this builder
     */
    public TlsProfileBuilder engine(String name) {
        engine = engine.named(Objects.requireNonNull(name, "name"));
        return this;
    }

    /**
     * Uses the best available engine that supports everything the profile requires, and logs its name.
     *
     * @return this builder
     */
    public TlsProfileBuilder bestEngine() {
        engine = engine.theBest();
        return this;
    }

    /**
     * Uses the TLS engine of a security provider, such as Conscrypt, which need not be registered with the JDK.
     * Certificates are chosen and verified as for the JDK's engine.
     *
     * @param security a provider that has an SSLContext named TLS
     * @return this builder
     */
    public TlsProfileBuilder provider(Provider security) {
        engine = engine.of(Objects.requireNonNull(security, "security"));
        return this;
    }

    /**
     * Uses an existing context, of any provider, with the certificates and the trust in it; the builder's methods for
     * these must not be called. Its session cache is not configured unless {@link #sessionCache} is called.
     *
     * @param ready an initialized context
     * @return this builder
     */
    public TlsProfileBuilder sslContext(SSLContext ready) {
        context = Objects.requireNonNull(ready, "ready");
        engine = engine.of(ready);
        return this;
    }

    /**
     * Sets the protocols. The default is TLSv1.3 and TLSv1.2.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder protocols(String... names) {
        ciphers = ciphers.withProtocols(List.of(names));
        return this;
    }

    /**
     * Enables the secure cipher suites, which is the default: those of TLS 1.3, and for TLS 1.2 those with ECDHE and
     * AEAD.
     *
     * @return this builder
     */
    public TlsProfileBuilder secureSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.SECURE, List.of());
        return this;
    }

    /**
     * Enables everything that the JDK enables by default, for old peers: also cipher suites without forward secrecy or
     * with CBC, and, unless {@link #protocols} is called, all protocols that the JDK's security properties do not
     * disable.
     *
     * @return this builder
     */
    public TlsProfileBuilder compatibleSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.COMPATIBLE, List.of());
        return this;
    }

    /**
     * Sets the cipher suites. A default protocol for which there is none among them is not enabled.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder cipherSuites(List<String> names) {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.EXPLICIT, List.copyOf(names));
        return this;
    }

    /**
     * Sets the key exchange groups (RFC 8446, 4.2.7), instead of the engine's default. Hybrid groups such as
     * {@code X25519MLKEM768} protect recorded traffic against future quantum computers. The JDK's engine supports this
     * on Java 20 and later.
     *
     * @param names the names used by the JDK and IANA, in any case, such as {@code x25519} and {@code secp256r1}; the
     *     preferred one first
     * @return this builder
     * @throws IllegalArgumentException if there is none
     */
    public TlsProfileBuilder groups(String... names) {
        requireAny("groups() was given no group", names);
        groups = List.of(names);
        return this;
    }

    /**
     * Sets the application protocols (ALPN, RFC 7301). A server refuses a client that offers only other protocols
     * (alert 120), and continues without ALPN if the client offers none.
     *
     * @param names such as {@code h2} and {@code http/1.1}, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder alpn(String... names) {
        applicationProtocols = List.of(names);
        return this;
    }

    /**
     * Sets whether a server requests certificates from its clients; values other than NONE require that trust is
     * configured. The default is NONE.
     *
     * @param rule the rule
     * @return this builder
     */
    public TlsProfileBuilder clientAuth(ClientAuth rule) {
        clientAuth = Objects.requireNonNull(rule, "rule");
        return this;
    }

    /**
     * Makes a server refuse a client that requests a name for which it has no certificate (alert 112), instead of
     * presenting the first certificate. A client that requests no name is still served.
     *
     * @return this builder
     */
    public TlsProfileBuilder refuseUnknownServerNames() {
        refuseUnknownServerNames = true;
        return this;
    }

    /**
     * Makes a client accept a trusted certificate that is for another server. Anyone with a trusted certificate can
     * then intercept the connection; use this only in closed networks that trust nothing but their own authority.
     *
     * @return this builder
     */
    public TlsProfileBuilder disableHostnameVerification() {
        verifyServerName = false;
        return this;
    }

    /**
     * Limits the cache of resumable sessions, separately for each side. The default is 10,000 sessions for 1 hour. The
     * lifetime also applies to session tickets, which are stored by the client.
     *
     * @param size the maximum number of sessions; at least 1
     * @param lifetime how long a session can be resumed; 1 second to 7 days (RFC 8446, 4.6.1)
     * @return this builder
     */
    public TlsProfileBuilder sessionCache(int size, Duration lifetime) {
        sessionCache = new SessionCache(size, Objects.requireNonNull(lifetime, "lifetime"));
        return this;
    }

    /**
     * Sets the keys of session tickets, which several servers can share, so that a client can resume a session with
     * another server. Not every engine supports it ({@link TlsFeature#SHARED_TICKET_KEYS}). Anyone who has these keys
     * can decrypt every TLS 1.2 session whose ticket they encrypt: protect them like the private key, and replace them
     * every few hours by {@link TlsProfile#rotateTicketKeys}.
     *
     * @param keys 48 random bytes each: 16 for the name of the key, 16 for HMAC, 16 for AES; the first key encrypts new
     *     tickets, all keys decrypt. Copied
     * @return this builder
     */
    public TlsProfileBuilder ticketKeys(byte[]... keys) {
        ticketKeys = TicketKeys.copy(keys);
        return this;
    }

    /**
     * Exports the data for the channel binding {@code tls-exporter} (RFC 9266) at the end of each handshake, for
     * {@link TlsSession#channelBinding}. By default nothing is exported, and connections with equal sessions share one
     * {@link TlsSession}; with this option each connection has its own, about 250 bytes. Not every engine supports it
     * ({@link TlsFeature#KEYING_MATERIAL_EXPORT}).
     *
     * @return this builder
     */
    public TlsProfileBuilder exportChannelBinding() {
        exportChannelBinding = true;
        return this;
    }

    /**
     * Sets whether the tasks of a handshake may block. By default, they may with an {@link #sslContext SSLContext},
     * with keys that are not in memory, with an application's trust manager and with {@link #revocation}; otherwise
     * they only compute.
     *
     * @param mayBlock the value that {@link TlsProfile#tasksMayBlock()} returns
     * @return this builder
     */
    public TlsProfileBuilder tasksMayBlock(boolean mayBlock) {
        tasksMayBlock = mayBlock;
        return this;
    }

    /**
     * Reads the files, checks the configuration, and creates the profile.
     *
     * <p>Refused are: a file that does not exist, is not readable, or has the wrong content; a missing or wrong
     * password; an invalid pin; a key that does not match its certificate; a certificate that has expired or is not
     * valid yet; protocols and cipher suites that are unknown, disabled, or incompatible; client authentication without
     * trust; more than one kind of trust among certificates, trust manager and pins; an engine that does not exist or
     * is not available, and everything that it does not support.
     *
     * <p>The authorities after a certificate in its chain are not checked, because each client finds its own path to an
     * authority that it trusts. For a trusted certificate that is not valid now, a warning is logged, and a peer that
     * presents it is refused.
     *
     * @return a new profile, with its own session caches unless an SSLContext was passed
     * @throws IllegalArgumentException if the configuration is invalid; the message states what is wrong, where, and
     *     how to fix it, and contains no secret
     */
    public TlsProfile build() {
        checkCombination();
        CredentialSources sources = sources();
        String fingerprint = sources.fingerprint();
        List<Credential> loaded = sources.loadCredentials();
        PeerTrust trust = peerTrust().read(sources.loadTrust(), sources.loadCrls());
        PeerTrust.Checks checks = context == null ? trust.checks() : new PeerTrust.Checks(List.of(), ChainRules.NONE);
        boolean mayBlock = tasksMayBlock != null
                ? tasksMayBlock
                : context != null || trust.mayBlock() || !loaded.stream().allMatch(Credential::inMemory);
        if (!mayBlock && trust.revocation() != Revocation.OFF) {
            throw Refusal.of("revocation(" + trust.revocation() + ") sends requests over the network, and waits for the"
                    + " reply; omit tasksMayBlock(false)");
        }
        TlsProfile profile = engine.make(provider -> {
            TlsCapabilities can = provider.capabilities();
            EngineRules.checkKeys(can, loaded);
            EngineRules.checkExport(can, exportChannelBinding);
            RenewableKeys keys =
                    loaded.isEmpty() ? null : new RenewableKeys(loaded, !can.has(TlsFeature.KEY_TYPE_BY_SUITE));
            TlsEngineConfig config = config(can, keys, checks.managers(), mayBlock);
            ProfileState state = new ProfileState(
                    0,
                    FilesSeen.taken(fingerprint),
                    provider::create,
                    provider.create(config),
                    config,
                    new SessionRules(exportChannelBinding, checks.rules()),
                    keys,
                    loaded,
                    trust);
            return TlsProfile.tried(new TlsProfile(can, state, sources, context != null));
        });
        if (context != null && sessionCache != null) {
            sessionCache.applyTo(context);
        }
        TlsProfile.warnOfDates(trust);
        return profile;
    }

    private TlsEngineConfig config(
            TlsCapabilities can, @Nullable RenewableKeys keys, List<TrustManager> trustManagers, boolean mayBlock) {
        CipherPolicy.Resolved offer = ciphers.resolve(can);
        SessionCache cache = sessionCache != null ? sessionCache : SessionCache.SECURE;
        EngineRules.checkSuites(can, offer);
        EngineRules.checkTicketKeys(can, ticketKeys);
        return new TlsEngineConfig(
                offer.protocols(),
                offer.suites(),
                EngineRules.groups(can, groups),
                applicationProtocols,
                clientAuth,
                Optional.ofNullable(keys),
                trustManagers,
                refuseUnknownServerNames && keys != null ? Optional.of(keys::matches) : Optional.empty(),
                verifyServerName,
                cache.size(),
                cache.lifetime(),
                ticketKeys,
                mayBlock);
    }

    private void checkCombination() {
        if (context != null && (hasCredentials() || hasTrust() || hasTrustRules())) {
            throw Refusal.of("a given SSLContext brings its own certificates and trust; configure them in it,"
                    + " or omit sslContext()");
        }
        if (context == null && clientAuth != ClientAuth.NONE && !hasTrust()) {
            throw Refusal.of("clientAuth(" + clientAuth + ") requires trust; configure the authority that"
                    + " signs the clients' certificates with trust()");
        }
        if (refuseUnknownServerNames && !hasCredentials()) {
            throw Refusal.of("refuseUnknownServerNames() needs certificates with the known names; add them with"
                    + " certificate() or keyStore()");
        }
        if (sessionCache != null) {
            sessionCache.check();
        }
        for (String name : applicationProtocols) {
            if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > 255) {
                throw Refusal.of("ALPN name '" + name + "' is not possible; a name has 1 to 255 bytes (RFC 7301, 3.1)");
            }
        }
        engine.check();
    }
}
