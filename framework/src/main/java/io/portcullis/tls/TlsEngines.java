// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.JdkEngineProvider;
import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.spi.TlsEngineProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The available TLS engines: the JDK's, and those that are found on the class path or module path. */
public final class TlsEngines {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEngines.class);

    /** The engine of a profile that does not choose one. */
    public static final String DEFAULT = JdkEngineProvider.NAME;

    private TlsEngines() {}

    /**
     * Returns the capabilities of all engines, including those that cannot be used; the best one first.
     *
     * @return a new list, which contains at least the JDK's engine
     */
    public static List<TlsCapabilities> list() {
        return providers().stream().map(TlsEngineProvider::capabilities).toList();
    }

    /** Returns all engines, the best one first. */
    static List<TlsEngineProvider> providers() {
        List<TlsEngineProvider> found = new ArrayList<>();
        found.add(JdkEngineProvider.INSTANCE);
        Iterator<ServiceLoader.Provider<TlsEngineProvider>> services =
                ServiceLoader.load(TlsEngineProvider.class).stream().iterator();
        while (hasNext(services)) {
            add(services, found);
        }
        found.sort(Comparator.comparingInt(TlsEngineProvider::rank).reversed());
        return found;
    }

    /**
     * Returns the engine with a name.
     *
     * @throws IllegalArgumentException if there is none, or it cannot be used
     */
    static TlsEngineProvider named(String name) {
        List<TlsEngineProvider> all = providers();
        for (TlsEngineProvider provider : all) {
            if (provider.name().equals(name)) {
                provider.capabilities().unavailable().ifPresent(why -> {
                    throw Refusal.of("the TLS engine '" + name + "' is not available: " + why + "; " + others(all));
                });
                return provider;
            }
        }
        throw Refusal.of("there is no TLS engine '" + name + "' on the class path; " + others(all)
                + "; the engine 'boringssl' is in the artifact io.portcullis:portcullis-engine-boringssl, add it as a"
                + " dependency");
    }

    private static String others(List<TlsEngineProvider> all) {
        return "available: "
                + all.stream()
                        .filter(provider -> provider.capabilities().available())
                        .map(TlsEngineProvider::name)
                        .collect(Collectors.joining(", "));
    }

    // An entry for a missing class must not hide the other engines
    private static boolean hasNext(Iterator<?> services) {
        while (true) {
            try {
                return services.hasNext();
            } catch (ServiceConfigurationError brokenEntry) {
                LOG.warn("a TLS engine cannot be loaded", ForeignFailure.of(brokenEntry));
            }
        }
    }

    private static void add(
            Iterator<ServiceLoader.Provider<TlsEngineProvider>> services, List<TlsEngineProvider> found) {
        try {
            found.add(services.next().get());
        } catch (ServiceConfigurationError | LinkageError broken) {
            LOG.warn("a TLS engine cannot be loaded", ForeignFailure.of(broken));
        }
    }
}
