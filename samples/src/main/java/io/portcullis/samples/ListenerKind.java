// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.http.HttpHandler;
import io.portcullis.samples.http.Site;
import io.portcullis.tls.TlsProfile;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The listeners that {@code serve} can open, in the order in which it reports them. */
enum ListenerKind {
    /** HTTP on plain connections. */
    PLAIN(8080),
    /** HTTP on TLS connections. */
    TLS(8443),
    /** HTTP on plain and TLS connections, detected from the first bytes. */
    MIXED(9000),
    /** Echo on plain and TLS connections, detected from the first bytes. */
    ECHO(9001),
    /** Operations pages on plain and TLS connections; no other listener serves them. */
    OPERATIONS(9002);

    private final int defaultPort;

    ListenerKind(int defaultPort) {
        this.defaultPort = defaultPort;
    }

    /** Returns the port that is opened if the command line names no listener at all. */
    int defaultPort() {
        return defaultPort;
    }

    /** Returns the name used on the command line and in the output. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Returns the gate for its connections.
     *
     * @param balancers the load balancers whose PROXY headers are expected, or null; PLAIN, which is left for probes,
     *     and OPERATIONS expect none
     */
    Gate gate(TlsProfile profile, @Nullable TrustedPeers balancers) {
        return switch (this) {
            case PLAIN -> Gate.plain();
            case TLS -> behind(balancers, Gate.tls(profile));
            case MIXED, ECHO -> behind(balancers, Gate.detect(profile));
            case OPERATIONS -> Gate.detect(profile);
        };
    }

    private static Gate behind(@Nullable TrustedPeers balancers, Gate gate) {
        return balancers == null ? gate : Gate.proxyProtocol(balancers, gate);
    }

    /**
     * Creates the handler for one new connection.
     *
     * @param clients the site served over HTTP to all clients
     * @param operators the site served over HTTP to operators
     */
    ConnectionHandler handler(Site clients, Site operators) {
        return switch (this) {
            case PLAIN, TLS, MIXED -> new HttpHandler(clients);
            case ECHO -> new EchoHandler();
            case OPERATIONS -> new HttpHandler(operators);
        };
    }
}
