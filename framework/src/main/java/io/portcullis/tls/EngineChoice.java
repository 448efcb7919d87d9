// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.ConscryptQuirks;
import io.portcullis.internal.engine.JdkEngineProvider;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.spi.TlsEngineProvider;
import java.security.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The choice of a profile's engine: by name, the best one, that of a security provider, or that of a given SSLContext.
 *
 * @param name the engine's name, or null
 * @param best whether the best one is to be used
 * @param security the provider, or null
 * @param ready the context, or null
 */
record EngineChoice(
        @Nullable String name,
        boolean best,
        @Nullable Provider security,
        @Nullable SSLContext ready) {

    private static final Logger LOG = LoggerFactory.getLogger("io.portcullis.tls.TlsProfile");

    static final EngineChoice DEFAULT = new EngineChoice(null, false, null, null);

    EngineChoice named(String engine) {
        return new EngineChoice(engine, false, security, ready);
    }

    EngineChoice theBest() {
        return new EngineChoice(null, true, security, ready);
    }

    EngineChoice of(Provider provider) {
        return new EngineChoice(name, best, provider, ready);
    }

    EngineChoice of(SSLContext context) {
        return new EngineChoice(name, best, security, context);
    }

    /** Refuses contradictory choices. */
    void check() {
        boolean byEngine = best || (name != null && !name.equals(TlsEngines.DEFAULT));
        if (ready != null && (byEngine || security != null)) {
            throw Refusal.of("a given SSLContext brings its own engine; omit engine(), bestEngine() and provider(),"
                    + " or omit sslContext() and configure the certificates and the trust here");
        }
        if (security != null && byEngine) {
            throw Refusal.of("provider(" + security.getName() + ") is an engine of the JDK's interface; omit "
                    + (best ? "bestEngine()" : "engine(" + name + ")") + ", or omit provider()");
        }
    }

    /**
     * Creates something with the chosen engine; if several are possible, with the first one that supports it.
     *
     * @param maker creates it with the given engine, or throws {@link IllegalArgumentException}
     * @throws IllegalArgumentException if no engine supports it
     */
    <T> T make(Function<TlsEngineProvider, T> maker) {
        if (best) {
            return best(maker);
        }
        if (ready != null || security != null) {
            JdkEngineProvider engine = ready != null ? JdkEngineProvider.of(ready) : JdkEngineProvider.of(required());
            T made = maker.apply(engine);
            ConscryptQuirks.warn(ready != null ? ready.getProvider() : required());
            return made;
        }
        return maker.apply(name == null ? JdkEngineProvider.INSTANCE : TlsEngines.named(name));
    }

    private Provider required() {
        if (security == null) {
            throw new IllegalStateException();
        }
        return security;
    }

    private static <T> T best(Function<TlsEngineProvider, T> maker) {
        List<String> passed = new ArrayList<>();
        IllegalArgumentException last = null;
        for (TlsEngineProvider provider : TlsEngines.providers()) {
            TlsCapabilities engine = provider.capabilities();
            if (!engine.available()) {
                passed.add(engine.toString());
                continue;
            }
            try {
                T made = maker.apply(provider);
                report(engine, passed);
                return made;
            } catch (IllegalArgumentException refused) {
                passed.add(engine.name() + ": " + refused.getMessage());
                last = refused;
            }
        }
        throw last != null ? last : Refusal.of("no TLS engine is available: " + passed);
    }

    private static void report(TlsCapabilities engine, List<String> passed) {
        String others = passed.isEmpty() ? "" : "; passed over: " + String.join("; ", passed);
        LOG.info("the best TLS engine is {} ({}){}", engine.name(), engine.version(), ForeignText.line(others));
    }
}
