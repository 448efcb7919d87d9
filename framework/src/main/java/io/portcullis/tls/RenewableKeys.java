// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.ServerNames;
import java.lang.ref.WeakReference;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a profile, which can be replaced while engines use them, so that the engines' context, its sessions and
 * its ticket keys are kept. An alias contains its generation: a caller that has chosen an alias gets the key and the
 * chain for it even if they were replaced meanwhile, and an engine that caches keys by alias reads the new ones.
 *
 * <p>An engine requests one key type after another within one call. All these requests are served from one generation;
 * otherwise a renewal that changes the key type could leave the engine without any key.
 */
final class RenewableKeys extends X509ExtendedKeyManager {
    /** For engines that request the key and the chain on a different thread than the one on which they have chosen. */
    private static final int KEPT = 4;

    /** The generation that serves the engine on this thread; that of the last handshake on it. */
    private static final ThreadLocal<@Nullable Choosing> CHOOSING = new ThreadLocal<>();

    private final boolean checksSignatures;

    /** The newest first. */
    private final AtomicReference<List<Generation>> generations;

    private record Choosing(RenewableKeys keys, WeakReference<SSLEngine> engine, Generation generation) {}

    private record Generation(long number, String prefix, ServerNames names, ServerNameKeyManager manager) {
        static Generation of(long number, List<Credential> credentials, boolean checksSignatures) {
            String prefix = number + ".";
            ServerNames names = new ServerNames(credentials);
            return new Generation(
                    number, prefix, names, new ServerNameKeyManager(credentials, names, checksSignatures, prefix));
        }
    }

    /**
     * Creates a manager with its first keys.
     *
     * @param credentials not empty
     * @param checksSignatures as in {@link ServerNameKeyManager}
     */
    RenewableKeys(List<Credential> credentials, boolean checksSignatures) {
        this.checksSignatures = checksSignatures;
        this.generations = new AtomicReference<>(List.of(Generation.of(0, credentials, checksSignatures)));
    }

    /**
     * Adds a generation of keys. It is used from now on, unless there is a newer one.
     *
     * @param number higher than those of all previous generations; the first one is 0
     * @param credentials not empty
     */
    void renew(long number, List<Credential> credentials) {
        Generation next = Generation.of(number, credentials, checksSignatures);
        generations.updateAndGet(before -> before.get(0).number >= number
                ? before
                : Stream.concat(Stream.of(next), before.stream()).limit(KEPT).toList());
    }

    /** Returns a manager with the same rules and other keys, for another context. */
    RenewableKeys anew(List<Credential> credentials) {
        return new RenewableKeys(credentials, checksSignatures);
    }

    /** Returns whether there is a certificate for this name. */
    boolean matches(String name) {
        return newestGeneration().names.matches(name);
    }

    private Generation newestGeneration() {
        return generations.get().get(0);
    }

    private ServerNameKeyManager newest() {
        return newestGeneration().manager;
    }

    private ServerNameKeyManager forEngine(@Nullable SSLEngine engine) {
        if (engine == null) {
            return newest();
        }
        Choosing before = CHOOSING.get();
        if (before != null && before.keys == this && before.engine.refersTo(engine)) {
            return before.generation.manager;
        }
        Generation now = newestGeneration();
        CHOOSING.set(new Choosing(this, new WeakReference<>(engine), now));
        return now.manager;
    }

    private @Nullable ServerNameKeyManager of(String alias) {
        Choosing own = CHOOSING.get();
        if (own != null && own.keys == this && alias.startsWith(own.generation.prefix)) {
            return own.generation.manager;
        }
        for (Generation generation : generations.get()) {
            if (alias.startsWith(generation.prefix)) {
                return generation.manager;
            }
        }
        return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
        ServerNameKeyManager manager = of(alias);
        return manager == null ? null : manager.getCertificateChain(alias);
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
        ServerNameKeyManager manager = of(alias);
        return manager == null ? null : manager.getPrivateKey(alias);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return forEngine(engine).chooseEngineServerAlias(keyType, issuers, engine);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return forEngine(engine).chooseEngineClientAlias(keyTypes, issuers, engine);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return newest().chooseServerAlias(keyType, issuers, socket);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return newest().chooseClientAlias(keyTypes, issuers, socket);
    }

    @Override
    public String[] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return newest().getServerAliases(keyType, issuers);
    }

    @Override
    public String[] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return newest().getClientAliases(keyType, issuers);
    }
}
