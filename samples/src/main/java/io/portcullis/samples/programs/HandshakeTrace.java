// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.ConnectTrace;
import io.portcullis.tls.TlsSession;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Formats the trace of a connect: one line for each event, then the properties of the TLS session. */
final class HandshakeTrace {
    private final StringBuilder text = new StringBuilder();

    private HandshakeTrace() {}

    // snippet: trace
    static String of(ConnectTrace trace) {
        HandshakeTrace lines = new HandshakeTrace();
        trace.admitted().ifPresent(when -> lines.add(when, "admitted", ""));
        trace.resolved().ifPresent(when -> lines.add(when, "resolved", trace.host()));
        for (ConnectTrace.Attempt attempt : trace.attempts()) {
            String address = attempt.address().getAddress().getHostAddress();
            String end = attempt.failure()
                    .map(failure -> ": " + Objects.requireNonNullElse(failure.getMessage(), failure.toString()))
                    .orElse("");
            lines.add(attempt.begun(), "tried", address + end);
        }
        trace.connected().ifPresent(when -> lines.add(when, "connected", "port " + trace.port()));
        trace.opened().ifPresent(when -> lines.add(when, "open", trace.session().isEmpty() ? "plain" : "over TLS"));
        trace.session().ifPresent(lines::add);
        return lines.text.toString();
    }
    // end snippet

    private void add(TlsSession session) {
        add(null, "version", session.protocol());
        add(null, "suite", session.cipherSuite());
        session.group().ifPresent(group -> add(null, "group", group));
        session.applicationProtocol().ifPresent(protocol -> add(null, "protocol", protocol));
        add(null, "handshake", session.resumed() ? "resumed an earlier session" : "full");
        String label = "certificate";
        for (X509Certificate certificate : session.peerCertificates()) {
            add(
                    null,
                    label,
                    certificate.getSubjectX500Principal() + ", " + kind(certificate.getPublicKey()) + ", until "
                            + certificate
                                    .getNotAfter()
                                    .toInstant()
                                    .atZone(ZoneOffset.UTC)
                                    .toLocalDate());
            label = "issued by";
        }
    }

    private void add(@Nullable Duration when, String label, String what) {
        String moment = when == null ? "" : String.format(Locale.ROOT, "%.1f ms", when.toNanos() / 1e6);
        text.append(String.format("%10s  %-12s %s", moment, label, what).stripTrailing())
                .append('\n');
    }

    private static String kind(PublicKey key) {
        if (key instanceof ECKey ec) {
            return "EC with " + ec.getParams().getOrder().bitLength() + " bits";
        }
        return key instanceof RSAKey rsa ? "RSA with " + rsa.getModulus().bitLength() + " bits" : key.getAlgorithm();
    }
}
