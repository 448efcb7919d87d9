// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.DelegatingTrustManager;
import java.lang.reflect.Method;
import java.security.Provider;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Workarounds for Conscrypt, which can be configured but is not shipped, and warnings where there is none. */
public final class ConscryptQuirks {
    private static final Logger LOG = LoggerFactory.getLogger("io.portcullis.tls.TlsProfile");

    private static final ClassValue<@Nullable Method> SET_TICKETS = new ClassValue<>() {
        @Override
        protected @Nullable Method computeValue(Class<?> engine) {
            try {
                return Class.forName("org.conscrypt.Conscrypt", true, engine.getClassLoader())
                        .getMethod("setUseSessionTickets", SSLEngine.class, boolean.class);
            } catch (ReflectiveOperationException notThere) {
                return null;
            }
        }
    };

    private ConscryptQuirks() {}

    public static boolean isConscrypt(Provider provider) {
        return provider.getName().equals("Conscrypt");
    }

    public static boolean isConscrypt(SSLEngine engine) {
        return engine.getClass().getName().startsWith("org.conscrypt.");
    }

    /**
     * Wraps a trust manager. Conscrypt reports the type of a TLS 1.3 server's key as GENERIC; the JDK's trust manager
     * expects UNKNOWN, and otherwise refuses every chain that has an authority.
     */
    static TrustManager wrap(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager delegate ? new AnyKeyType(delegate) : manager;
    }

    private static final class AnyKeyType extends DelegatingTrustManager {
        AnyKeyType(X509ExtendedTrustManager delegate) {
            super(delegate);
        }

        @Override
        public String typeOf(String type) {
            return type.equals("GENERIC") ? "UNKNOWN" : type;
        }
    }

    /** Logs a warning about its cost, once for each profile, if the provider is Conscrypt. */
    public static void warn(Provider provider) {
        if (isConscrypt(provider)) {
            LOG.warn("Conscrypt costs a pipe, 3 descriptors and about 77 KB for each connection, and refuses cipher"
                    + " suites for TLS 1.3 alone; for many connections, the engine 'boringssl' (artifact"
                    + " portcullis-engine-boringssl) has the same cryptography without that cost");
        }
    }

    /** Enables session tickets, without which a Conscrypt server does not resume TLS 1.3 sessions. */
    public static void enableTickets(SSLEngine engine) {
        if (!isConscrypt(engine)) {
            return;
        }
        Method setTickets = SET_TICKETS.get(engine.getClass());
        if (setTickets != null) {
            try {
                setTickets.invoke(null, engine, true);
            } catch (ReflectiveOperationException | RuntimeException withoutTickets) {
                // Sessions are then never resumed.
            }
        }
    }
}
