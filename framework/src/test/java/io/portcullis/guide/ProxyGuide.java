// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxySsl;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** The proxies of docs/guide/proxy.md. */
final class ProxyGuide {
    private ProxyGuide() {}

    static Server behind(Dispatcher dispatcher, TlsProfile tls) throws IOException {
        // snippet: SERVER
        TrustedPeers proxies = TrustedPeers.of("10.1.0.0/16", "fd00:1::/32");
        Server server = Server.builder(dispatcher)
                .listen(8443, Gate.proxyProtocol(proxies, Gate.detect(tls)))
                .handler(Echo::new)
                .start();
        // end snippet
        return server;
    }

    static Gate both(TrustedPeers proxies, TlsProfile tls) {
        // snippet: BOTH
        Gate direct = Gate.tls(tls);
        Gate proxied = Gate.proxyProtocol(proxies, direct);
        Gate gate = peer -> (proxies.contains(peer.address()) ? proxied : direct).decide(peer);
        // end snippet
        return gate;
    }

    // snippet: HANDLER
    static String whoIsThere(Connection connection) {
        String client = connection.remoteAddress().toString(); // the client's own, not the proxy's
        String security = connection
                .proxyHeader()
                .flatMap(ProxyHeader::ssl)
                .flatMap(ProxySsl::version)
                .orElse("no TLS to the proxy");
        return client + ", " + security;
    }
    // end snippet

    static CompletableFuture<Connection> onBehalf(Dispatcher dispatcher, TlsProfile tls, InetSocketAddress source) {
        // snippet: CLIENT
        Client client = Client.builder(dispatcher)
                .tls(tls)
                .proxyHeader(ProxyVersion.V2) // before TLS, on every connection
                .build();
        ProxyHeader header = ProxyHeader.of(source, new InetSocketAddress("192.0.2.1", 443));
        CompletableFuture<Connection> connected = client.connect("backend.example", 8443, new Echo(), header);
        // end snippet
        return connected;
    }
}
