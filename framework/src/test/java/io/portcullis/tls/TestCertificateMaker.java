// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Makes the files behind {@link TestCertificates}, in one test JVM; others that start at the same time wait for it. */
final class TestCertificateMaker {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("portcullis.test.certificates", "target/test-certificates"), "3");
    private static final String LOCALHOST = "san=dns:localhost,ip:127.0.0.1,dns:example.org";
    private static final List<String> EC = List.of("-keyalg", "EC", "-groupname", "secp256r1");
    private static final List<String> RSA = List.of("-keyalg", "RSA", "-keysize", "2048");

    /** Options of keytool's JVM: these files protect nothing, so key derivation need not be slow. */
    private static final List<String> SWIFTLY = List.of(
            "-J-XX:TieredStopAtLevel=1",
            "-J-XX:+UseSerialGC",
            "-J-Dkeystore.pkcs12.keyPbeIterationCount=1000",
            "-J-Dkeystore.pkcs12.certPbeIterationCount=1000",
            "-J-Dkeystore.pkcs12.macIterationCount=1000",
            "-J-Duser.language=en");

    private TestCertificateMaker() {}

    static synchronized Path directory() {
        try {
            if (!Files.isDirectory(DIRECTORY)) {
                makeOrAwait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return DIRECTORY;
    }

    private static void makeOrAwait() throws IOException {
        Files.createDirectories(DIRECTORY.getParent());
        try (FileChannel channel = FileChannel.open(
                        DIRECTORY.resolveSibling("making.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = channel.lock()) {
            assert held.isValid();
            if (!Files.isDirectory(DIRECTORY)) {
                make();
            }
        }
    }

    private static void make() throws IOException {
        Path work = Files.createTempDirectory(DIRECTORY.getParent(), "making");
        Map<String, List<String>> options = options();
        options.entrySet().parallelStream().forEach(entry -> generate(work, entry.getKey(), entry.getValue()));
        sign(work, "client", "authority", "eku=clientAuth");
        sign(work, "stranger", "strange-authority", "eku=clientAuth");
        sign(work, "issued", "authority", LOCALHOST);
        for (String name : options.keySet()) {
            TestPem.writeForms(TestCertificates.read(work, name));
        }
        Files.move(work, DIRECTORY, StandardCopyOption.ATOMIC_MOVE);
    }

    private static Map<String, List<String>> options() {
        Map<String, List<String>> options = new TreeMap<>();
        forLocalhost(options);
        options.put("other", with(EC, "-dname", "CN=other.example", "-ext", "san=dns:other.example"));
        options.put("other-rsa", with(RSA, "-dname", "CN=other.example", "-ext", "san=dns:other.example"));
        options.put("wildcard", with(EC, "-dname", "CN=wild", "-ext", "san=dns:*.wild.example"));
        options.put("inside-wildcard", with(EC, "-dname", "CN=one.wild.example", "-ext", "san=dns:one.wild.example"));
        options.put("common-name", with(EC, "-dname", "CN=common.example,O=Portcullis\\, tests"));
        options.put(
                "expired",
                with(
                        EC,
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        LOCALHOST,
                        "-startdate",
                        "2020/01/01 00:00:00",
                        "-validity",
                        "2"));
        options.put(
                "not-yet-valid",
                with(EC, "-dname", "CN=localhost", "-ext", LOCALHOST, "-startdate", "2090/01/01 00:00:00"));
        options.put("authority", with(EC, "-dname", "CN=Portcullis test authority", "-ext", "bc:c"));
        options.put("strange-authority", with(EC, "-dname", "CN=Strange authority", "-ext", "bc:c"));
        options.put("client", with(EC, "-dname", "CN=client"));
        options.put("stranger", with(EC, "-dname", "CN=stranger"));
        options.put("issued", with(EC, "-dname", "CN=localhost"));
        return options;
    }

    /** A certificate of each kind of key. */
    private static void forLocalhost(Map<String, List<String>> options) {
        options.put("ec", EC);
        options.put("ec384", List.of("-keyalg", "EC", "-groupname", "secp384r1"));
        options.put("ec521", List.of("-keyalg", "EC", "-groupname", "secp521r1"));
        options.put("rsa", RSA);
        options.put("ed25519", List.of("-keyalg", "Ed25519"));
        options.put("ed448", List.of("-keyalg", "Ed448"));
        options.put("rsa-pss", List.of("-keyalg", "RSASSA-PSS", "-keysize", "2048"));
        options.replaceAll((name, key) -> with(key, "-dname", "CN=localhost", "-ext", LOCALHOST));
    }

    private static void generate(Path work, String name, List<String> options) {
        List<String> arguments = new ArrayList<>(List.of("-genkeypair", "-alias", name));
        arguments.addAll(options);
        if (!options.contains("-validity")) {
            arguments.addAll(List.of("-validity", "3650"));
        }
        keytool(work, name, arguments);
    }

    private static void sign(Path work, String name, String authority, String extension) throws IOException {
        keytool(work, name, List.of("-certreq", "-alias", name, "-file", name + ".csr"));
        keytool(
                work,
                authority,
                List.of(
                        "-gencert",
                        "-alias",
                        authority,
                        "-infile",
                        name + ".csr",
                        "-outfile",
                        name + ".crt",
                        "-ext",
                        extension,
                        "-validity",
                        "3650"));
        TestCertificate unsigned = TestCertificates.read(work, name);
        X509Certificate signer = TestCertificates.read(work, authority).certificate();
        char[] password = TestCertificate.PASSWORD.toCharArray();
        try (InputStream in = Files.newInputStream(work.resolve(name + ".crt"))) {
            X509Certificate signed =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry(name, unsigned.key(), password, new X509Certificate[] {signed, signer});
            try (OutputStream out = Files.newOutputStream(unsigned.keyStoreFile())) {
                store.store(out, password);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void keytool(Path work, String store, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(SWIFTLY);
        command.addAll(arguments);
        command.addAll(
                List.of("-keystore", store + ".p12", "-storetype", "PKCS12", "-storepass", TestCertificate.PASSWORD));
        try {
            Process process = new ProcessBuilder(command)
                    .directory(work.toFile())
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("keytool " + arguments + ": " + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> with(List<String> first, String... more) {
        return Stream.concat(first.stream(), Stream.of(more)).toList();
    }
}
