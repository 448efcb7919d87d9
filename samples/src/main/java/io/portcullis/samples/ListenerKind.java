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
    /** HTTP on either, by the first bytes. */
    MIXED(9000),
    /** Echo on either, by the first bytes. */
    ECHO(9001),
    /** Pages for those who run the server, on either: the only listener that has them. */
    OPERATIONS(9002);

    private final int defaultPort;

    ListenerKind(int defaultPort) {
        this.defaultPort = defaultPort;
    }

    /** The port that is opened when the command line names none at all. */
    int defaultPort() {
        return defaultPort;
    }

    /** The word for it on the command line and in the reports. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * What its connections are.
     *
     * @param balancers whose PROXY headers are expected, but not on PLAIN, which is left for probes, and not on
     *     OPERATIONS; or null
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
     * A handler for one new connection.
     *
     * @param everybody what HTTP has for everybody
     * @param operators what it has for those who run the server
     */
    ConnectionHandler handler(Site everybody, Site operators) {
        return switch (this) {
            case PLAIN, TLS, MIXED -> new HttpHandler(everybody);
            case ECHO -> new EchoHandler();
            case OPERATIONS -> new HttpHandler(operators);
        };
    }
}
