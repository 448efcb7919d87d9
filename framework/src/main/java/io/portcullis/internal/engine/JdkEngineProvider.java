// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsFeature;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import io.portcullis.tls.spi.TlsEngineProvider;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** The engines of the JDK, of another security provider, or of a given SSLContext. */
public final class JdkEngineProvider implements TlsEngineProvider {
    public static final String NAME = "jdk";
    public static final JdkEngineProvider INSTANCE = new JdkEngineProvider(NAME, null, null);

    private static final Set<String> ALL_KEY_TYPES = Set.of("RSA", "RSASSA-PSS", "EC", "EdDSA");
    private static final Set<String> USUAL_KEY_TYPES = Set.of("RSA", "EC");

    private final String name;
    private final @Nullable Provider security;
    private final @Nullable SSLContext ready;
    private @Nullable volatile TlsCapabilities capabilities;

    private JdkEngineProvider(String name, @Nullable Provider security, @Nullable SSLContext ready) {
        this.name = name;
        this.security = security;
        this.ready = ready;
    }

    /** Returns the engine of another security provider. */
    public static JdkEngineProvider of(Provider security) {
        return new JdkEngineProvider(security.getName().toLowerCase(Locale.ROOT), security, null);
    }

    /** Returns the engine of a configured context. */
    public static JdkEngineProvider of(SSLContext ready) {
        Provider provider = ready.getProvider();
        String name =
                TlsContexts.isOfTheJdk(provider) ? NAME : provider.getName().toLowerCase(Locale.ROOT);
        return new JdkEngineProvider(name, provider, ready);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int rank() {
        return 0;
    }

    @Override
    public TlsCapabilities capabilities() {
        TlsCapabilities known = capabilities;
        if (known == null) {
            known = describe(ready != null ? ready : empty());
            capabilities = known;
        }
        return known;
    }

    private SSLContext empty() {
        try {
            SSLContext context = TlsContexts.uninitialized(security);
            context.init(new KeyManager[0], new TrustManager[0], null);
            return context;
        } catch (GeneralSecurityException e) {
            throw TlsContexts.impossible(security, e);
        }
    }

    private TlsCapabilities describe(SSLContext context) {
        Provider provider = context.getProvider();
        boolean ofTheJdk = TlsContexts.isOfTheJdk(provider);
        EnumSet<TlsFeature> features = EnumSet.of(TlsFeature.TICKETS);
        if (NamedGroups.canBeSet(context)) {
            features.add(TlsFeature.GROUP_CHOICE);
        }
        if (KeyExporter.canExport(provider)) {
            features.add(TlsFeature.KEYING_MATERIAL_EXPORT);
        }
        if (ofTheJdk) {
            features.add(TlsFeature.HALF_CLOSE);
            features.add(TlsFeature.ALPN_REFUSAL);
            features.add(TlsFeature.KEY_TYPE_BY_SUITE);
            features.add(TlsFeature.TLS13_SUITE_CHOICE);
        }
        return new TlsCapabilities(
                name,
                provider.getName() + " " + provider.getVersionStr() + " on Java " + Runtime.version(),
                Optional.empty(),
                CipherPolicy.offeredProtocols(context),
                List.of(context.getSupportedSSLParameters().getCipherSuites()),
                List.of(context.getDefaultSSLParameters().getCipherSuites()),
                NamedGroups.of(context, ofTheJdk),
                ofTheJdk ? ALL_KEY_TYPES : USUAL_KEY_TYPES,
                Set.copyOf(features));
    }

    @Override
    public TlsEngineFactory create(TlsEngineConfig config) {
        if (ready != null) {
            return new JdkEngineFactory(ready, config);
        }
        SSLContext context = TlsContexts.create(security, config);
        new SessionCache(config.sessionCacheSize(), config.sessionLifetime()).applyTo(context);
        return new JdkEngineFactory(context, config);
    }
}
