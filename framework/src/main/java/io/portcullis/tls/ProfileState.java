// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What of a profile changes when its files do.
 *
 * @param engines makes the engines for a configuration
 * @param factory makes the engines now
 * @param config what it makes them of
 * @param keys what they present; null if there is no certificate
 * @param credentials the same, as they were loaded
 * @param trusted whom they trust; empty for those whom the JDK trusts
 */
record ProfileState(
        Function<TlsEngineConfig, TlsEngineFactory> engines,
        TlsEngineFactory factory,
        TlsEngineConfig config,
        @Nullable RenewableKeys keys,
        List<Credential> credentials,
        List<X509Certificate> trusted) {

    /** What has to be done so that these hold. */
    Renewal difference(List<Credential> newCredentials, List<X509Certificate> newTrusted) {
        if (!Set.copyOf(newTrusted).equals(Set.copyOf(trusted))) {
            return Renewal.TRUST;
        }
        return newCredentials.equals(credentials) ? Renewal.UNCHANGED : Renewal.CERTIFICATES;
    }

    boolean hasSeveralKeyTypes() {
        for (Credential credential : credentials) {
            if (!credential.keyType().equals(credentials.get(0).keyType())) {
                return true;
            }
        }
        return false;
    }

    /** The same engines, which present others from now on. */
    ProfileState renewed(List<Credential> newCredentials) {
        if (keys != null) {
            keys.renew(newCredentials);
        }
        return new ProfileState(engines, factory, config, keys, newCredentials, trusted);
    }

    /** Other engines: their sessions have nothing to do with those of before. */
    ProfileState fenced(List<Credential> newCredentials, List<X509Certificate> newTrusted) {
        RenewableKeys newKeys = keys == null ? null : keys.anew(newCredentials);
        TlsEngineConfig other = config(newKeys, TlsContexts.trustManagers(newTrusted), config.ticketKeys());
        return new ProfileState(engines, engines.apply(other), other, newKeys, newCredentials, newTrusted);
    }

    /** The same with other keys for tickets, which the engines have got already. */
    ProfileState ticketKeys(List<byte[]> ticketKeys) {
        TlsEngineConfig other = config(keys, config.trustManagers(), ticketKeys);
        return new ProfileState(engines, factory, other, keys, credentials, trusted);
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
