// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.TlsEngines;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the command line says about TLS. */
final class TlsOptions {
    @Option(
            names = "--cert",
            paramLabel = "FILE",
            description = "Certificate chain (PEM). With --key; both may be repeated, for several names. Without: a "
                    + "self-signed certificate for localhost, made in memory.")
    List<Path> certificates = List.of();

    @Option(names = "--key", paramLabel = "FILE", description = "Private key (PEM) of the --cert in the same place.")
    List<Path> keys = List.of();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Authorities (PEM) that client certificates must come from; with --client-auth want or need.")
    @Nullable
    Path authorities;

    @Option(
            names = "--client-auth",
            paramLabel = "none|want|need",
            description = "Whether clients are asked for a certificate; want and need require --ca. Default: none.")
    ClientAuth clientAuth = ClientAuth.NONE;

    @Option(
            names = "--protocols",
            paramLabel = "VERSION",
            split = ",",
            description = "TLS versions, separated by commas. Default: TLSv1.3,TLSv1.2.")
    List<String> protocols = List.of();

    @Option(
            names = "--suites",
            paramLabel = "secure|compatible|LIST",
            description = "Cipher suites: secure (ECDHE with AEAD), compatible (all that this JDK still offers), or "
                    + "names separated by commas. Default: secure.")
    String suites = "secure";

    @Option(
            names = "--alpn",
            paramLabel = "NAME",
            split = ",",
            description = "Application protocols, separated by commas. Default: http/1.1.")
    List<String> applicationProtocols = List.of("http/1.1");

    @Option(
            names = "--engine",
            paramLabel = "NAME|best",
            description = "The TLS engine, or the best that is available; see the command engines. Default: jdk.")
    String engine = TlsEngines.DEFAULT;

    @Option(
            names = "--groups",
            paramLabel = "NAME",
            split = ",",
            description = "Groups of the key exchange, separated by commas, such as X25519MLKEM768,x25519. Default: "
                    + "the engine's choice.")
    List<String> groups = List.of();

    /** Whether suites are offered that a server should not offer without need. */
    boolean compatible() {
        return suites.equals("compatible");
    }

    /**
     * The profile that the options describe.
     *
     * @param clock for the validity of a self-signed certificate
     * @return a new profile
     * @throws IllegalArgumentException if the options contradict each other, or the profile refuses one
     */
    TlsProfile profile(Clock clock) {
        check();
        TlsProfileBuilder builder = TlsProfile.builder().clientAuth(clientAuth);
        if (engine.equals("best")) {
            builder.bestEngine();
        } else {
            builder.engine(engine);
        }
        if (!groups.isEmpty()) {
            builder.groups(groups.toArray(String[]::new));
        }
        if (certificates.isEmpty()) {
            SelfSignedCertificate made =
                    SelfSignedCertificate.builder().clock(clock).build();
            builder.certificate(made.key(), made.certificate());
        }
        for (int i = 0; i < certificates.size(); i++) {
            builder.certificate(certificates.get(i), keys.get(i));
        }
        if (authorities != null) {
            builder.trust(authorities);
        }
        if (!protocols.isEmpty()) {
            builder.protocols(protocols.toArray(String[]::new));
        }
        switch (suites) {
            case "secure" -> builder.secureSuites();
            case "compatible" -> builder.compatibleSuites();
            default -> builder.cipherSuites(List.of(suites.split(",", -1)));
        }
        if (!applicationProtocols.isEmpty()) {
            builder.alpn(applicationProtocols.toArray(String[]::new));
        }
        return builder.build();
    }

    private void check() {
        if (certificates.size() != keys.size()) {
            throw new IllegalArgumentException("there are " + certificates.size() + " --cert and " + keys.size()
                    + " --key: each --cert needs the --key that belongs to it, in the same order");
        }
        if (clientAuth == ClientAuth.NONE && authorities != null) {
            throw new IllegalArgumentException(
                    "--ca " + authorities + " has no effect without --client-auth want or need:"
                            + " clients would not be asked for a certificate");
        }
        if (clientAuth != ClientAuth.NONE && authorities == null) {
            throw new IllegalArgumentException(
                    "--client-auth " + clientAuth.name().toLowerCase(Locale.ROOT)
                            + " needs --ca FILE with the authorities that client certificates must come from");
        }
    }
}
