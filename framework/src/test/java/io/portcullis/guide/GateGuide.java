// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import io.portcullis.ByOpening;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.tls.FirstBytes;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsProfile;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** The gates of docs/guide/gate.md. */
final class GateGuide {
    private GateGuide() {}

    /** A directory of tenants: a database, another service. */
    interface Tenants {
        CompletionStage<TlsProfile> profileOf(String serverName);
    }

    // snippet: BY_TENANT
    static Gate byTenant(Tenants tenants) {
        Decision nameless =
                Decision.reject(HandshakeFailure.UNKNOWN_SERVER_NAME, "a tenant must be requested by name (SNI)");
        ByOpening decision = Decision.byOpening()
                .onHello(hello -> hello.serverName()
                        .map(name -> Decision.later(tenants.profileOf(name).thenApply(Decision::tls)))
                        .orElse(nameless))
                .onPlaintext(Decision.reject("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"))
                .onSilence(Duration.ofMillis(200), Decision.speakFirst());
        return peer -> decision;
    }
    // end snippet

    static Gate composed(Map<String, TlsProfile> profiles) {
        // snippet: REQUIRE_TLS
        String redirect =
                "HTTP/1.1 301 Moved Permanently\r\nLocation: https://example.org/\r\nConnection: close\r\n\r\n";
        Gate gate = Gate.requireTls(Gate.bySni(profiles, null), redirect);
        // end snippet
        return gate;
    }

    static Gate byProtocol(TlsProfile http, TlsProfile imap, TlsProfile others) {
        // snippet: BY_ALPN
        Gate gate = Gate.byAlpn(Map.of("h2", http, "http/1.1", http, "imap", imap), others);
        // end snippet
        return gate;
    }

    static Gate gatesByName(TlsProfile profile, TlsProfile challenge, InetSocketAddress backend) {
        // snippet: GATES_BY_NAME
        Gate byName = Gate.bySni(
                Map.of(
                        "bücher.example", Gate.tls(profile),
                        "*.apps.example", Gate.relay(backend), // TLS ends there
                        "old.example", Gate.reject(HandshakeFailure.REFUSED, "old.example has moved")),
                Gate.tls(profile)); // any other name, or no name
        Gate gate = Gate.byAlpn(Map.of("acme-tls/1", Gate.tls(challenge)), byName);
        // end snippet
        return gate;
    }

    static Gate byAddress(TlsProfile profile) {
        // snippet: BY_ADDRESS
        Gate gate = peer -> peer.address().getAddress().isLoopbackAddress()
                ? Decision.plain() // the health check of this machine
                : Decision.tls(profile);
        // end snippet
        return gate;
    }

    static Gate byKind(TlsProfile profile) {
        // snippet: BY_KIND
        Decision answered = Decision.reject("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        ByOpening decision = Decision.byOpening()
                .onTls(Decision.tls(profile))
                .onPlaintext(kind -> kind == FirstBytes.HTTP ? answered : Decision.reject());
        // end snippet
        return peer -> decision;
    }
}
