// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsProfileBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Mutual TLS: both peers present a certificate, and the handler knows its client. Others cannot connect. */
@Command(
        name = "MutualTls",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        description = "Requires a certificate of every client, and greets its subject.",
        footer = {"", "Try: curl -k --cert DIR/alice.pem --key DIR/alice-key.pem https://127.0.0.1:8443/"})
public final class MutualTls implements Callable<Integer> {
    @Option(names = "--port", paramLabel = "PORT", description = "Default: 8443.")
    private int port = 8443;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Trusts clients whose certificate is in this file (PEM), or issued by one in it. Default: "
                    + "a certificate for alice, generated and written to files.")
    @Nullable
    private Path authorities;

    @Option(
            names = "--write-to",
            paramLabel = "DIR",
            description = "The directory for alice.pem and alice-key.pem. Default: a new directory.")
    @Nullable
    private Path directory;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new MutualTls(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        // snippet: profile
        TlsProfileBuilder builder = Programs.selfSigned().clientAuth(ClientAuth.NEED);
        TlsProfile tls = (authorities != null ? builder.trust(authorities) : builder.trust(alice())).build();
        // end snippet
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.tls(tls))
                        .handler(() -> new Page(MutualTls::greeting))
                        .start()) {
            return Programs.serve(server, "tls");
        }
    }

    // snippet: greeting
    private static String greeting(Connection connection) {
        var certificate = connection.session().orElseThrow().peerCertificates().get(0);
        return "Hello, " + certificate.getSubjectX500Principal().getName();
    }
    // end snippet

    /** Generates a client certificate and key, and writes them to files for the client. */
    private X509Certificate alice() throws IOException {
        SelfSignedCertificate made = SelfSignedCertificate.create("alice");
        Path target = directory != null ? directory : Files.createTempDirectory("portcullis-alice");
        try {
            write(target.resolve("alice.pem"), "CERTIFICATE", made.certificate().getEncoded());
        } catch (CertificateEncodingException e) {
            throw new IllegalStateException("a newly generated certificate has no encoded form", e);
        }
        write(target.resolve("alice-key.pem"), "PRIVATE KEY", made.key().getEncoded());
        System.err.println("alice.pem and alice-key.pem are in " + target);
        return made.certificate();
    }

    private static void write(Path file, String label, byte[] encoded) throws IOException {
        String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(encoded);
        Files.writeString(file, "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n");
    }
}
