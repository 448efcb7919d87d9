// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.Refusal;
import io.portcullis.tls.TlsCapabilities;
import io.portcullis.tls.TlsFeature;
import java.util.List;
import java.util.Optional;

/** Checks a profile's requirements on an engine, other than protocols and suites, against its capabilities. */
public final class EngineRules {
    private EngineRules() {}

    public static void checkKeys(TlsCapabilities engine, List<Credential> credentials) {
        for (Credential credential : credentials) {
            if (!engine.keyTypes().contains(credential.keyType())) {
                throw Refusal.of("the TLS engine '" + engine.name()
                        + "' cannot present a certificate with a key of type "
                        + credential.keyType() + " (" + credential + "); use one with a key of type "
                        + String.join(
                                " or ", engine.keyTypes().stream().sorted().toList())
                        + ", or choose another engine; the engine 'jdk' can");
            }
        }
    }

    /** Some engines have either all suites of TLS 1.3 or none. */
    public static void checkSuites(TlsCapabilities engine, CipherPolicy.Resolved offer) {
        if (engine.has(TlsFeature.TLS13_SUITE_CHOICE) || !offer.protocols().contains("TLSv1.3")) {
            return;
        }
        List<String> missing = engine.cipherSuites().stream()
                .filter(suite -> CipherPolicy.fits(suite, "TLSv1.3"))
                .filter(suite -> !offer.suites().contains(suite))
                .toList();
        if (!missing.isEmpty()) {
            throw Refusal.of("the TLS engine '" + engine.name() + "' offers all its cipher suites of TLS 1.3, or none;"
                    + " omit cipherSuites(), add " + String.join(", ", missing)
                    + " to them, omit the protocol"
                    + " TLSv1.3, or choose engine(\"jdk\")");
        }
    }

    /** Returns the groups in the engine's spelling. */
    public static List<String> groups(TlsCapabilities engine, List<String> requested) {
        if (!requested.isEmpty() && !engine.has(TlsFeature.GROUP_CHOICE)) {
            throw Refusal.of(
                    "groups(...) is not possible with the TLS engine '" + engine.name() + "' (" + engine.version()
                            + "); omit it, use Java 20 or later for the JDK's engine, or choose engine(\"boringssl\");"
                            + " for a whole process, Java 17 has the system property jdk.tls.namedGroups");
        }
        return requested.stream().map(name -> group(engine, name)).toList();
    }

    private static String group(TlsCapabilities engine, String requested) {
        Optional<String> known =
                engine.groups().stream().filter(requested::equalsIgnoreCase).findFirst();
        return known.orElseThrow(() -> Refusal.of("the TLS engine '" + engine.name() + "' (" + engine.version()
                + ") has no group '" + requested + "'; it has " + String.join(", ", engine.groups())));
    }

    public static void checkExport(TlsCapabilities engine, boolean wanted) {
        if (wanted && !engine.has(TlsFeature.KEYING_MATERIAL_EXPORT)) {
            throw Refusal.of("exportChannelBinding() is not possible with the TLS engine '" + engine.name() + "' ("
                    + engine.version()
                    + "), which exports no key material; use Java 25 or later for the JDK's engine, or"
                    + " omit it: the channel binding tls-server-end-point needs no export");
        }
    }

    public static void checkTicketKeys(TlsCapabilities engine, List<byte[]> keys) {
        if (!keys.isEmpty() && !engine.has(TlsFeature.SHARED_TICKET_KEYS)) {
            throw Refusal.of("ticketKeys(...) is not possible with the TLS engine '" + engine.name()
                    + "', which creates its own; omit it, so that each process resumes only its own sessions, or"
                    + " choose engine(\"boringssl\")");
        }
    }
}
