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
 * Builds a {@link TlsProfile}. Begin with {@link TlsProfile#builder()}.
 *
 * <p>The words for certificates and for trust may be said several times, and add up. Files are read by
 * {@link #build()}, which may be called again: it then reads them again, so a renewed certificate needs no new builder.
 * Passwords are copied when they are given, so that the caller can erase its own; the copies live as long as the
 * builder does.
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
     * Chooses the TLS engine. The default is {@code jdk}, which needs nothing beside the JDK; {@link TlsEngines#list()}
     * tells which others there are.
     *
     * @param name such as {@code jdk} or {@code boringssl}; must be available where the profile is built
     * @return this builder
     */
    public TlsProfileBuilder engine(String name) {
        engine = engine.named(Objects.requireNonNull(name, "name"));
        return this;
    }

    /**
     * Chooses the best engine that is available and can do what the profile asks for, and logs which one that is.
     *
     * @return this builder
     */
    public TlsProfileBuilder bestEngine() {
        engine = engine.theBest();
        return this;
    }

    /**
     * Uses the TLS engine of a security provider, such as Conscrypt's, which need not be registered with the JDK.
     * Certificates and trust are chosen and judged as they are for the JDK's engine.
     *
     * @param security a provider that has an SSLContext named TLS
     * @return this builder
     */
    public TlsProfileBuilder provider(Provider security) {
        engine = engine.of(Objects.requireNonNull(security, "security"));
        return this;
    }

    /**
     * Uses a ready context, of any provider, which brings certificates and trust itself; the words for them are then
     * refused. Its session cache is left as it is unless {@link #sessionCache} is said.
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
     * Offers these protocols. The default is TLSv1.3 and TLSv1.2.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder protocols(String... names) {
        ciphers = ciphers.withProtocols(List.of(names));
        return this;
    }

    /**
     * Offers the secure cipher suites, which is the default: those of TLS 1.3, and for TLS 1.2 those with ECDHE and
     * AEAD.
     *
     * @return this builder
     */
    public TlsProfileBuilder secureSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.SECURE, List.of());
        return this;
    }

    /**
     * Offers all that the JDK still does by default, for old peers: cipher suites without forward secrecy or with CBC
     * as well, and, unless {@link #protocols} is said, whichever protocols its security properties leave enabled.
     *
     * @return this builder
     */
    public TlsProfileBuilder compatibleSuites() {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.COMPATIBLE, List.of());
        return this;
    }

    /**
     * Offers these cipher suites. A protocol of the default that none of them fits is then not offered.
     *
     * @param names standard names, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder cipherSuites(List<String> names) {
        ciphers = ciphers.withSuites(CipherPolicy.Choice.EXPLICIT, List.copyOf(names));
        return this;
    }

    /**
     * Offers these groups of the key exchange (RFC 8446, 4.2.7), in place of the engine's own choice. Hybrid groups
     * such as {@code X25519MLKEM768} keep what is recorded today secret from the quantum computers of tomorrow. The
     * JDK's engine takes groups on Java 20 and later.
     *
     * @param names as the JDK and IANA call them, in any case, such as {@code x25519} and {@code secp256r1}; the
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
     * Negotiates an application protocol (ALPN, RFC 7301). A server refuses a client that offers only others (alert
     * 120), and goes on without with one that offers none.
     *
     * @param names such as {@code h2} and {@code http/1.1}, the preferred one first
     * @return this builder
     */
    public TlsProfileBuilder alpn(String... names) {
        applicationProtocols = List.of(names);
        return this;
    }

    /**
     * Asks clients for a certificate; other than NONE, this needs a word of trust. The default is NONE.
     *
     * @param rule whether to ask
     * @return this builder
     */
    public TlsProfileBuilder clientAuth(ClientAuth rule) {
        clientAuth = Objects.requireNonNull(rule, "rule");
        return this;
    }

    /**
     * Makes a server refuse a client that asks for a name which none of the certificates is for (alert 112), rather
     * than present the first one. A client that asks for no name is still served.
     *
     * @return this builder
     */
    public TlsProfileBuilder refuseUnknownServerNames() {
        refuseUnknownServerNames = true;
        return this;
    }

    /**
     * Makes a client accept a certificate that is trusted but for another server: whoever has any trusted certificate
     * can then stand in the middle. For closed networks whose trust holds nothing but their own authority.
     *
     * @return this builder
     */
    public TlsProfileBuilder disableHostnameVerification() {
        verifyServerName = false;
        return this;
    }

    /**
     * Bounds the sessions that are kept to be resumed, on each side. The default is 10,000 for 1 hour. The lifetime is
     * also that of session tickets, which are kept by the client.
     *
     * @param size how many; at least 1
     * @param lifetime how long; 1 second to 7 days (RFC 8446, 4.6.1)
     * @return this builder
     */
    public TlsProfileBuilder sessionCache(int size, Duration lifetime) {
        sessionCache = new SessionCache(size, Objects.requireNonNull(lifetime, "lifetime"));
        return this;
    }

    /**
     * Shares the keys of session tickets with other servers, so that a client can resume with one of them what it began
     * with another. Not every engine can ({@link TlsFeature#SHARED_TICKET_KEYS}). A reader who has these keys can
     * decrypt every TLS 1.2 session whose ticket they encrypt: keep them as safe as the private key, and exchange them
     * every few hours with {@link TlsProfile#rotateTicketKeys}.
     *
     * @param keys 48 random bytes each: 16 that name the key, 16 for HMAC, 16 for AES; the first encrypts new tickets,
     *     all decrypt. Copied
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
     * Says whether the tasks of a handshake may wait for something. By default they may with a ready SSLContext, with
     * keys that are not in memory, with a trust manager of one's own and with {@link #revocation}, and are otherwise
     * just computation.
     *
     * @param mayBlock what {@link TlsProfile#tasksMayBlock()} shall answer
     * @return this builder
     */
    public TlsProfileBuilder tasksMayBlock(boolean mayBlock) {
        tasksMayBlock = mayBlock;
        return this;
    }

    /**
     * Reads the files, checks everything, and makes the profile.
     *
     * <p>Refused are: a file that is not there, not readable, or not what it should be; a password that is missing or
     * wrong; text that is no pin; a key that does not match its certificate; a certificate that has expired or is not
     * valid yet (the authorities after it in the chain are not checked: each client finds its own way to one that it
     * trusts; of a trusted certificate that is not valid now a warning is logged, and a peer that presents it is
     * refused); protocols and cipher suites that are unknown, disabled, or do not fit together; a client authentication
     * without trust; trust from more than one of certificates, trust manager and pins; an engine that is not there or
     * not available, and whatever it cannot do.
     *
     * @return a new profile, with session caches of its own unless the SSLContext was given
     * @throws IllegalArgumentException if something is wrong; its message says what, where and what to do, and holds no
     *     secret
     */
    public TlsProfile build() {
        checkWords();
        CredentialSources sources = sources();
        String fingerprint = sources.fingerprint();
        List<Credential> loaded = sources.loadCredentials();
        PeerTrust trust = peerTrust().read(sources.loadTrust(), sources.loadCrls());
        PeerTrust.Judgement judgement =
                context == null ? trust.judgement() : new PeerTrust.Judgement(List.of(), ChainRules.NONE);
        boolean mayBlock = tasksMayBlock != null
                ? tasksMayBlock
                : context != null || trust.mayBlock() || !loaded.stream().allMatch(Credential::inMemory);
        if (!mayBlock && trust.revocation() != Revocation.OFF) {
            throw Refusal.of("revocation(" + trust.revocation() + ") asks over the network, and waits for the reply;"
                    + " leave out tasksMayBlock(false)");
        }
        TlsProfile profile = engine.make(provider -> {
            TlsCapabilities can = provider.capabilities();
            EngineRules.checkKeys(can, loaded);
            EngineRules.checkExport(can, exportChannelBinding);
            RenewableKeys keys =
                    loaded.isEmpty() ? null : new RenewableKeys(loaded, !can.has(TlsFeature.KEY_TYPE_BY_SUITE));
            TlsEngineConfig config = config(can, keys, judgement.managers(), mayBlock);
            ProfileState state = new ProfileState(
                    0,
                    FilesSeen.taken(fingerprint),
                    provider::create,
                    provider.create(config),
                    config,
                    new SessionRules(exportChannelBinding, judgement.rules()),
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
            TlsCapabilities can, @Nullable RenewableKeys keys, List<TrustManager> judges, boolean mayBlock) {
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
                judges,
                refuseUnknownServerNames && keys != null ? Optional.of(keys::matches) : Optional.empty(),
                verifyServerName,
                cache.size(),
                cache.lifetime(),
                ticketKeys,
                mayBlock);
    }

    private void checkWords() {
        if (context != null && (hasCredentials() || hasTrust() || hasTrustRules())) {
            throw Refusal.of("a given SSLContext brings its own certificates and trust; put them into it,"
                    + " or leave out sslContext()");
        }
        if (context == null && clientAuth != ClientAuth.NONE && !hasTrust()) {
            throw Refusal.of(
                    "clientAuth(" + clientAuth + ") needs to know whose clients to trust; name the authority that"
                            + " signs their certificates with trust()");
        }
        if (refuseUnknownServerNames && !hasCredentials()) {
            throw Refusal.of("refuseUnknownServerNames() needs certificates to take the known names from; add them with"
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
