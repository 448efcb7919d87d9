// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.ConscryptQuirks;
import io.portcullis.internal.engine.JdkEngineFactory;
import io.portcullis.internal.engine.SessionCache;
import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.keys.CertificateFacts;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.internal.keys.ServerNames;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Creates the filters of both sides for the warm-up with one certificate of a profile. They verify nothing, since they
 * communicate only with each other, in memory.
 */
final class WarmUpPeers {
    private static final int KEPT_SESSIONS = 16;
    private static final int PORTS = 60_000;

    /** One in this many connections offers only the last protocol, as old clients do. */
    private static final int OLD_CLIENTS = 4;

    private final String name;
    private final TlsProfile profile;
    private final @Nullable SSLContext servers;
    private final SSLContext clients;
    private final SSLParameters offer;
    private final List<SSLEngine> foreign = new ArrayList<>();

    private WarmUpPeers(
            String name,
            TlsProfile profile,
            @Nullable SSLContext servers,
            SSLContext clients,
            Optional<SNIHostName> serverName) {
        this.name = name;
        this.profile = profile;
        this.servers = servers;
        this.clients = clients;
        this.offer = new SSLParameters(
                profile.cipherSuites().toArray(String[]::new),
                profile.protocols().toArray(String[]::new));
        offer.setApplicationProtocols(profile.applicationProtocols().toArray(String[]::new));
        serverName.ifPresent(host -> offer.setServerNames(List.of(host)));
    }

    /**
     * Returns the peers for each certificate of a profile, with a temporary context. An existing SSLContext, or an
     * engine other than the JDK's, is used directly.
     *
     * @throws IllegalArgumentException if the profile cannot be warmed up
     */
    static List<WarmUpPeers> of(TlsProfile profile) {
        if (profile.tasksMayBlock()) {
            throw Refusal.of("its tasks may block; call tasksMayBlock(false) if they do not");
        }
        boolean contexts = profile.factory() instanceof JdkEngineFactory;
        return of(profile, contexts ? profile.credentials() : List.of());
    }

    static List<WarmUpPeers> of(TlsProfile profile, List<Credential> credentials) {
        List<WarmUpPeers> peers = new ArrayList<>();
        for (Credential credential : credentials) {
            KeyManager keys =
                    new ServerNameKeyManager(List.of(credential), new ServerNames(List.of(credential)), false);
            peers.add(new WarmUpPeers(
                    credential.toString(),
                    profile,
                    context(provider(profile), keys),
                    context(null, keys),
                    serverName(credential)));
        }
        if (peers.isEmpty()) {
            profile.serverEngine().free(); // throws if there is no certificate
            peers.add(new WarmUpPeers(profile.toString(), profile, null, context(null), Optional.empty()));
        }
        return peers;
    }

    /** Creates the filters of one full handshake and of those that resume its session. */
    Session session(int number) {
        return new Session(1 + number % PORTS, number % OLD_CLIENTS == OLD_CLIENTS - 1);
    }

    /** A client, which identifies its session by the port of the server that it pretends to connect to. */
    final class Session {
        private final int port;
        private final boolean old;

        private Session(int port, boolean old) {
            this.port = port;
            this.old = old;
        }

        Filter server() {
            if (!(profile.factory() instanceof JdkEngineFactory factory)) {
                return profile.serverFilter();
            }
            SSLEngine model = factory.serverSslEngine();
            SSLEngine engine = model;
            if (servers == null) {
                engine.setWantClientAuth(false); // its trust managers would not know the certificate
                foreign.add(engine);
            } else {
                engine = servers.createSSLEngine();
                engine.setUseClientMode(false);
                engine.setSSLParameters(model.getSSLParameters());
                ConscryptQuirks.enableTickets(engine);
            }
            return new TlsFilter(new SslEngineAdapter(engine), false);
        }

        Filter client() {
            SSLEngine engine = clients.createSSLEngine("warm-up", port);
            engine.setUseClientMode(true);
            engine.setSSLParameters(offer);
            if (old) {
                List<String> protocols = profile.protocols();
                engine.setEnabledProtocols(new String[] {protocols.get(protocols.size() - 1)});
            }
            return new TlsFilter(new SslEngineAdapter(engine), false);
        }
    }

    /** Removes the sessions from a context that was passed to the profile. */
    void forgetSessions() {
        foreign.forEach(engine -> engine.getSession().invalidate());
        foreign.clear();
    }

    @Override
    public String toString() {
        return name;
    }

    private static @Nullable Provider provider(TlsProfile profile) {
        return profile.factory() instanceof JdkEngineFactory factory
                ? factory.context().getProvider()
                : null;
    }

    private static SSLContext context(@Nullable Provider provider, KeyManager... keyManagers) {
        try {
            SSLContext context =
                    provider == null ? SSLContext.getInstance("TLS") : SSLContext.getInstance("TLS", provider);
            context.init(keyManagers, new TrustManager[] {new Unverified()}, null);
            new SessionCache(KEPT_SESSIONS, SessionCache.SECURE.lifetime()).applyTo(context);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Optional<SNIHostName> serverName(Credential credential) {
        try {
            return CertificateFacts.names(credential.certificate()).stream()
                    .findFirst()
                    .map(dns -> new SNIHostName(dns.replace("*", "www")));
        } catch (IllegalArgumentException notAName) {
            return Optional.empty();
        }
    }

    /** Verifies nothing: both sides are in this process, and no bytes leave it. */
    private static final class Unverified extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
