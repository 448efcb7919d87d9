// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.benchmarks.Certificates;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.conscrypt.Conscrypt;

/** A context of Conscrypt whose servers give session tickets: it wants that said for each engine. */
final class ConscryptContext extends SSLContext {
    private static final Provider PROVIDER = Conscrypt.newProvider();

    private ConscryptContext(SSLContext context) {
        super(new WithTickets(context), PROVIDER, context.getProtocol());
    }

    static SSLContext of(Certificates.Pair pair) {
        try {
            char[] none = new char[0];
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", pair.key(), none, new Certificate[] {pair.certificate()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, none);
            SSLContext context = SSLContext.getInstance("TLS", PROVIDER);
            context.init(keys.getKeyManagers(), null, null);
            return new ConscryptContext(context);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("Conscrypt cannot make a context", e);
        }
    }

    private static final class WithTickets extends SSLContextSpi {
        private final SSLContext context;

        WithTickets(SSLContext context) {
            this.context = context;
        }

        private static SSLEngine withTickets(SSLEngine engine) {
            Conscrypt.setUseSessionTickets(engine, true);
            return engine;
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return withTickets(context.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return withTickets(context.createSSLEngine(host, port));
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
                throws KeyManagementException {
            context.init(keys, trust, random);
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return context.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }
    }
}
