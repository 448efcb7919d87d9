// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** One self-signed P-256 certificate for localhost, made by the JDK's keytool once per build directory. */
final class CoreTestKeys {
    private static final String PASSWORD = "changeit";
    private static final KeyStore STORE = load();

    private CoreTestKeys() {}

    /** A context that has the certificate and trusts it; with a session cache of its own. */
    static SSLContext contextWithKey() {
        return context(STORE, STORE);
    }

    /** A context without a certificate that trusts the one there is. */
    static SSLContext trustingContext() {
        return context(null, STORE);
    }

    /** A context that trusts the JDK's authorities alone. */
    static SSLContext distrustingContext() {
        return context(null, null);
    }

    private static SSLContext context(@Nullable KeyStore keys, @Nullable KeyStore trusted) {
        try {
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keyManagers.init(keys, PASSWORD.toCharArray());
            TrustManagerFactory trustManagers =
                    TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trustManagers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    keys == null ? null : keyManagers.getKeyManagers(),
                    trustManagers.getTrustManagers(),
                    /* the default */ null);
            return context;
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static KeyStore load() {
        Path file = Path.of("target", "core-test-keys.p12");
        try {
            if (!Files.exists(file)) {
                generate(file);
            }
            try (InputStream in = Files.newInputStream(file)) {
                KeyStore store = KeyStore.getInstance("PKCS12");
                store.load(in, PASSWORD.toCharArray());
                return store;
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (GeneralSecurityException failure) {
            throw new IllegalStateException(failure);
        }
    }

    /** Under another name first: a second JVM sees the whole file or none. */
    private static void generate(Path file) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path directory = Files.createTempDirectory(file.toAbsolutePath().getParent(), "keys");
        Path made = directory.resolve("keys.p12");
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair -alias core -keyalg EC -groupname secp256r1 -dname CN=localhost -validity 3650",
                "-ext san=dns:localhost -storetype PKCS12 -storepass " + PASSWORD + " -keystore " + made);
        Process process = new ProcessBuilder(command.stream()
                        .flatMap(part -> List.of(part.split(" ")).stream())
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(output);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException(interrupted);
        }
        Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(directory);
    }
}
