// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;
import java.security.Provider;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Exports key material of a connection (RFC 5705; RFC 8446, 7.5). The JDK's API has a method for it since 25; Conscrypt
 * has its own.
 */
final class KeyExporter {
    private static final @Nullable MethodHandle OF_SESSION = ofSession();

    private static final ClassValue<@Nullable Method> OF_CONSCRYPT = new ClassValue<>() {
        @Override
        protected @Nullable Method computeValue(Class<?> conscrypts) {
            try {
                return Class.forName("org.conscrypt.Conscrypt", true, conscrypts.getClassLoader())
                        .getMethod("exportKeyingMaterial", SSLEngine.class, String.class, byte[].class, int.class);
            } catch (ReflectiveOperationException notThere) {
                return null;
            }
        }
    };

    private KeyExporter() {}

    /** Returns whether the engines of a provider support it; some connections may have no key material to export. */
    static boolean canExport(Provider provider) {
        return ConscryptQuirks.isConscrypt(provider)
                ? OF_CONSCRYPT.get(provider.getClass()) != null
                : OF_SESSION != null && TlsContexts.isOfTheJdk(provider);
    }

    /**
     * Exports key material.
     *
     * @param engine an engine whose handshake is complete
     * @return empty if the engine does not support it, or the session does not permit it: TLS 1.2 without extended
     *     master secret
     */
    static Optional<byte[]> export(SSLEngine engine, String label, byte[] context, int length) {
        try {
            return Optional.ofNullable(
                    ConscryptQuirks.isConscrypt(engine)
                            ? ofConscrypt(engine, label, context, length)
                            : ofSession(engine.getSession(), label, context, length));
        } catch (Error failure) {
            throw failure;
        } catch (Throwable notPermitted) {
            return Optional.empty();
        }
    }

    private static byte @Nullable [] ofSession(SSLSession session, String label, byte[] context, int length)
            throws Throwable {
        return OF_SESSION != null && session instanceof ExtendedSSLSession extended
                ? (byte[]) OF_SESSION.invokeExact(extended, label, context, length)
                : null;
    }

    /** Conscrypt also exports for TLS 1.2 without extended master secret, and does not report whether it was used. */
    private static byte @Nullable [] ofConscrypt(SSLEngine engine, String label, byte[] context, int length)
            throws ReflectiveOperationException {
        Method export = OF_CONSCRYPT.get(engine.getClass());
        return export != null && engine.getSession().getProtocol().equals("TLSv1.3")
                ? (byte[]) export.invoke(null, engine, label, context, length)
                : null;
    }

    private static @Nullable MethodHandle ofSession() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(
                            ExtendedSSLSession.class,
                            "exportKeyingMaterialData",
                            MethodType.methodType(byte[].class, String.class, byte[].class, int.class));
        } catch (NoSuchMethodException | IllegalAccessException olderJdk) {
            return null;
        }
    }
}
