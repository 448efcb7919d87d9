// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.keys.Credential;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * The exchangeable part of a profile. Immutable: an exchange derives the next state from the current one, and replaces
 * it only if no other exchange has happened meanwhile, so that none undoes another (see {@link TlsProfile}).
 *
 * @param version incremented by each exchange
 * @param files what was last found in the files
 * @param engines creates the factory for a configuration
 * @param factory creates the engines
 * @param config the configuration of the factory
 * @param rules the rules for sessions that are checked in addition to those of the engines
 * @param keys the key manager of the engines; null if there is no certificate
 * @param credentials the credentials in it, as they were loaded
 * @param trust the trust settings of the engines
 */
record ProfileState(
        long version,
        FilesSeen files,
        Function<TlsEngineConfig, TlsEngineFactory> engines,
        TlsEngineFactory factory,
        TlsEngineConfig config,
        SessionRules rules,
        @Nullable RenewableKeys keys,
        List<Credential> credentials,
        PeerTrust trust) {

    /**
     * What was last found in the files of a profile.
     *
     * @param taken the fingerprint of the contents that this state corresponds to
     * @param refused the fingerprint of the contents that were last refused; null if there are none
     * @param why the reason of the refusal
     */
    record FilesSeen(
            String taken,
            @Nullable String refused,
            @Nullable IllegalArgumentException why) {

        static FilesSeen taken(String fingerprint) {
            return new FilesSeen(fingerprint, null, null);
        }

        /** Throws if these contents were refused last time. */
        void check(String fingerprint) {
            if (fingerprint.equals(refused) && why != null) {
                throw new IllegalArgumentException(why.getMessage(), why);
            }
        }
    }

    /** Returns what has to be renewed to apply the given credentials and trust. */
    Renewal difference(List<Credential> newCredentials, PeerTrust newTrust) {
        if (!newTrust.sameAs(trust)) {
            return Renewal.TRUST;
        }
        return newCredentials.equals(credentials) ? Renewal.UNCHANGED : Renewal.CERTIFICATES;
    }

    /** Returns this state with files that were examined and need no change. */
    ProfileState unchanged(FilesSeen seen) {
        return new ProfileState(version + 1, seen, engines, factory, config, rules, keys, credentials, trust);
    }

    /** Returns this state with the same engines and new credentials. */
    ProfileState renewed(FilesSeen seen, List<Credential> newCredentials) {
        return new ProfileState(version + 1, seen, engines, factory, config, rules, keys, newCredentials, trust);
    }

    /** Returns a state with new engines, which do not resume sessions of the current ones. */
    ProfileState fenced(FilesSeen seen, List<Credential> newCredentials, PeerTrust newTrust) {
        RenewableKeys newKeys = keys == null ? null : keys.anew(newCredentials);
        PeerTrust.Checks checks = newTrust.checks();
        TlsEngineConfig other = config(newKeys, checks.managers(), config.ticketKeys());
        return new ProfileState(
                version + 1,
                seen,
                engines,
                engines.apply(other),
                other,
                rules.with(checks.rules()),
                newKeys,
                newCredentials,
                newTrust);
    }

    /** Returns this state with the same engines and new ticket keys. */
    ProfileState ticketKeys(List<byte[]> ticketKeys) {
        TlsEngineConfig other = config(keys, config.trustManagers(), ticketKeys);
        return new ProfileState(version + 1, files, engines, factory, other, rules, keys, credentials, trust);
    }

    private TlsEngineConfig config(
            @Nullable RenewableKeys newKeys, List<TrustManager> trustManagers, List<byte[]> ticketKeys) {
        return new TlsEngineConfig(
                config.protocols(),
                config.cipherSuites(),
                config.groups(),
                config.applicationProtocols(),
                config.clientAuth(),
                Optional.ofNullable(newKeys),
                trustManagers,
                config.servedName().isPresent() && newKeys != null
                        ? Optional.of(newKeys::matches)
                        : config.servedName(),
                config.verifiesServerName(),
                config.sessionCacheSize(),
                config.sessionLifetime(),
                ticketKeys,
                config.tasksMayBlock());
    }
}
