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
 * What can be exchanged in a profile, as it is between two exchanges. Immutable: an exchange makes the next state of
 * the one that it has seen, and takes its place only if nobody else's has come in between, so that none undoes another
 * (see {@link TlsProfile}).
 *
 * @param version grows with each exchange
 * @param files what was found in the files last
 * @param engines makes the engines for a configuration
 * @param factory makes the engines now
 * @param config what it makes them of
 * @param rules what is asked of a session beyond what they do
 * @param keys what they present; null if there is no certificate
 * @param credentials the same, as they were loaded
 * @param trust whom they trust
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
     * What was found in the files of a profile.
     *
     * @param taken the fingerprint of those that this state is made of, or would not be another
     * @param refused that of those which could not be taken last; null if there were none
     * @param why the reason for that
     */
    record FilesSeen(
            String taken,
            @Nullable String refused,
            @Nullable IllegalArgumentException why) {

        static FilesSeen taken(String fingerprint) {
            return new FilesSeen(fingerprint, null, null);
        }

        /** Throws if these were refused last time. */
        void check(String fingerprint) {
            if (fingerprint.equals(refused) && why != null) {
                throw new IllegalArgumentException(why.getMessage(), why);
            }
        }
    }

    /** What has to be done so that these hold. */
    Renewal difference(List<Credential> newCredentials, PeerTrust newTrust) {
        if (!newTrust.sameAs(trust)) {
            return Renewal.TRUST;
        }
        return newCredentials.equals(credentials) ? Renewal.UNCHANGED : Renewal.CERTIFICATES;
    }

    /** The same, after a look at files that need no change. */
    ProfileState unchanged(FilesSeen seen) {
        return new ProfileState(version + 1, seen, engines, factory, config, rules, keys, credentials, trust);
    }

    /** The same engines, which have to present others from now on. */
    ProfileState renewed(FilesSeen seen, List<Credential> newCredentials) {
        return new ProfileState(version + 1, seen, engines, factory, config, rules, keys, newCredentials, trust);
    }

    /** Other engines: their sessions have nothing to do with those of before. */
    ProfileState fenced(FilesSeen seen, List<Credential> newCredentials, PeerTrust newTrust) {
        RenewableKeys newKeys = keys == null ? null : keys.anew(newCredentials);
        PeerTrust.Judgement judgement = newTrust.judgement();
        TlsEngineConfig other = config(newKeys, judgement.managers(), config.ticketKeys());
        return new ProfileState(
                version + 1,
                seen,
                engines,
                engines.apply(other),
                other,
                rules.with(judgement.rules()),
                newKeys,
                newCredentials,
                newTrust);
    }

    /** The same engines, which have to get other keys for tickets. */
    ProfileState ticketKeys(List<byte[]> ticketKeys) {
        TlsEngineConfig other = config(keys, config.trustManagers(), ticketKeys);
        return new ProfileState(version + 1, files, engines, factory, other, rules, keys, credentials, trust);
    }

    private TlsEngineConfig config(
            @Nullable RenewableKeys newKeys, List<TrustManager> judges, List<byte[]> ticketKeys) {
        return new TlsEngineConfig(
                config.protocols(),
                config.cipherSuites(),
                config.groups(),
                config.applicationProtocols(),
                config.clientAuth(),
                Optional.ofNullable(newKeys),
                judges,
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
