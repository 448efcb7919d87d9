// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The named groups of {@link SSLParameters}. The JDK has these methods since 20; on 17, the groups can only be set for
 * the whole process, by the system property {@code jdk.tls.namedGroups}.
 */
final class NamedGroups {
    /** The defaults of JDK 17. */
    private static final List<String> OF_OLD = List.of(
            "x25519",
            "secp256r1",
            "secp384r1",
            "secp521r1",
            "x448",
            "ffdhe2048",
            "ffdhe3072",
            "ffdhe4096",
            "ffdhe6144",
            "ffdhe8192");

    private static final @Nullable MethodHandle GET = find("getNamedGroups", MethodType.methodType(String[].class));
    private static final @Nullable MethodHandle SET =
            find("setNamedGroups", MethodType.methodType(void.class, String[].class));

    private NamedGroups() {}

    /** Returns whether the engines of this context accept groups in their parameters. */
    static boolean canBeSet(SSLContext context) {
        return get(context.getSupportedSSLParameters()) != null;
    }

    /** Returns the groups of a context, as far as they are known. */
    static List<String> of(SSLContext context, boolean oldJdk) {
        String[] names = get(context.getSupportedSSLParameters());
        return names != null ? List.of(names) : oldJdk ? OF_OLD : List.of();
    }

    static void set(SSLParameters parameters, List<String> names) {
        if (SET == null) {
            throw new IllegalStateException("this JDK cannot set groups");
        }
        try {
            SET.invoke(parameters, names.toArray(String[]::new));
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String @Nullable [] get(SSLParameters parameters) {
        if (GET == null) {
            return null;
        }
        try {
            return (String[]) GET.invoke(parameters);
        } catch (Throwable notThere) {
            return null;
        }
    }

    private static @Nullable MethodHandle find(String method, MethodType type) {
        try {
            return MethodHandles.publicLookup().findVirtual(SSLParameters.class, method, type);
        } catch (NoSuchMethodException | IllegalAccessException olderJdk) {
            return null;
        }
    }
}
