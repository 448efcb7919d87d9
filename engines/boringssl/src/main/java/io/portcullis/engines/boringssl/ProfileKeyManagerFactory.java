// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.OpenSslCachingX509KeyManagerFactory;
import io.portcullis.tls.spi.TlsEngineConfig;
import java.security.KeyStore;
import java.security.Provider;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;
import org.jspecify.annotations.Nullable;

/**
 * Passes the key manager of a profile to Netty, in a caching form: otherwise each handshake would encode certificate
 * and key as PEM and have BoringSSL parse them again.
 */
final class ProfileKeyManagerFactory extends KeyManagerFactory {

    ProfileKeyManagerFactory(TlsEngineConfig config) {
        super(new Keys(config), new Origin(), "Portcullis");
    }

    KeyManagerFactory caching() {
        return new OpenSslCachingX509KeyManagerFactory(this);
    }

    private static final class Keys extends KeyManagerFactorySpi {
        private final KeyManager[] managers;

        Keys(TlsEngineConfig config) {
            managers = config.keyManager().stream().toArray(KeyManager[]::new);
        }

        @Override
        protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

        @Override
        protected void engineInit(@Nullable ManagerFactoryParameters parameters) {}

        @Override
        protected KeyManager[] engineGetKeyManagers() {
            return managers.clone();
        }
    }

    /** A factory requires a provider; this one is not registered anywhere. */
    private static final class Origin extends Provider {
        private static final long serialVersionUID = 1;

        Origin() {
            super("Portcullis", "1", "the key managers of profiles");
        }
    }
}
