// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** Starts the client programs of {@code io.portcullis.samples.programs}, and a server that they can trust. */
final class ClientPrograms {
    private static final int LINE = 64;

    private ClientPrograms() {}

    /** Returns the command line of a program, for the JDK that runs this test. */
    static List<String> command(String program, String... arguments) {
        List<String> jar = Command.samplesCommand();
        List<String> command = new ArrayList<>(jar.subList(0, jar.size() - 2));
        command.addAll(List.of("-cp", jar.get(jar.size() - 1), "io.portcullis.samples.programs." + program));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Runs a program to completion. */
    static Command run(String program, String... arguments) throws IOException, InterruptedException {
        return Command.run(command(program, arguments));
    }

    /** Starts {@code serve} with a certificate of its own for localhost, which it writes to {@code server.pem}. */
    static SampleServer serve(Path directory) throws Exception {
        SelfSignedCertificate made = SelfSignedCertificate.create();
        Path certificate = writeCertificate(directory, made);
        Path key = writeKey(directory, made);
        return SampleServer.onFreePorts("--cert", certificate.toString(), "--key", key.toString());
    }

    static Path writeKey(Path directory, SelfSignedCertificate made) throws IOException {
        return Files.writeString(directory.resolve("server-key.pem"), pem("PRIVATE KEY", bytes(made.key())));
    }

    static Path writeCertificate(Path directory, SelfSignedCertificate made)
            throws IOException, CertificateEncodingException {
        byte[] encoded = made.certificate().getEncoded();
        return Files.writeString(directory.resolve("server.pem"), pem("CERTIFICATE", encoded));
    }

    private static byte[] bytes(Key key) {
        byte[] encoded = key.getEncoded();
        if (encoded == null) {
            throw new IllegalStateException("the key is not in memory");
        }
        return encoded;
    }

    private static String pem(String what, byte[] content) {
        String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(content);
        return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
    }
}
