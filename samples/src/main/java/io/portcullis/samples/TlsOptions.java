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

/** The command-line options for TLS. */
final class TlsOptions {
    @Option(
            names = "--cert",
            paramLabel = "FILE",
            description = "Certificate chain (PEM), together with --key; repeat both for further names. Without "
                    + "them: a self-signed certificate for localhost, generated in memory.")
    List<Path> certificates = List.of();

    @Option(names = "--key", paramLabel = "FILE", description = "Private key (PEM) of the --cert at the same position.")
    List<Path> keys = List.of();

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "CA certificates (PEM) that issue client certificates; for --client-auth want or need.")
    @Nullable
    Path authorities;

    @Option(
            names = "--client-auth",
            paramLabel = "none|want|need",
            description = "Whether to request client certificates; want and need require --ca. Default: none.")
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
            description = "Cipher suites: secure (ECDHE with AEAD), compatible (all that this JDK still supports), or "
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
            description = "The TLS engine, or the best one available; see the command engines. Default: jdk.")
    String engine = TlsEngines.DEFAULT;

    @Option(
            names = "--groups",
            paramLabel = "NAME",
            split = ",",
            description = "Key exchange groups, separated by commas, such as X25519MLKEM768,x25519. Default: "
                    + "the engine's choice.")
    List<String> groups = List.of();

    /** Returns whether cipher suites are offered that a server should not offer without need. */
    boolean compatible() {
        return suites.equals("compatible");
    }

    /**
     * Builds the profile that the options describe.
     *
     * @param clock for the validity of a self-signed certificate
     * @return a new profile
     * @throws IllegalArgumentException if the options contradict each other, or if the profile rejects one
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
                    + " --key options: each --cert needs its --key, in the same order");
        }
        if (clientAuth == ClientAuth.NONE && authorities != null) {
            throw new IllegalArgumentException(
                    "--ca " + authorities + " has no effect without --client-auth want or need:"
                            + " clients would not be asked for a certificate");
        }
        if (clientAuth != ClientAuth.NONE && authorities == null) {
            throw new IllegalArgumentException(
                    "--client-auth " + clientAuth.name().toLowerCase(Locale.ROOT)
                            + " needs --ca FILE with the CA certificates that client certificates must chain to");
        }
    }
}
