// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Third-party clients, all on the port that detects TLS. Clients that are not installed are skipped. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class ForeignClientsIT {
    private static final String CLOSING = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    private static final String KEEPING = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final Pattern SCANNED_PROTOCOL =
            Pattern.compile("^((?:SSL|TLS)v\\d(?:\\.\\d)?)\\s+enabled", Pattern.MULTILINE);
    private static final Pattern SCANNED_SUITE =
            Pattern.compile("^(?:Preferred|Accepted)\\s+(TLSv\\S+)\\s+\\d+ bits\\s+(\\S+)", Pattern.MULTILINE);
    private static final Pattern SECURE_SUITE =
            Pattern.compile("TLSv1\\.3 TLS_.*|TLSv1\\.2 (TLS_)?ECDHE[-_].*(GCM|POLY1305|CHACHA20|CCM).*");

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void startServer() throws Exception {
        server = SampleServer.start(List.of("-Dorg.slf4j.simpleLogger.log.io.portcullis=info"), "--mixed", "0");
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Test
    void curlOnPlain() throws Exception {
        assertTrue(curl("http").contains("security:    plain\n"));
    }

    @Test
    void curlOnTls12() throws Exception {
        String page = curl("https", "--tlsv1.2", "--tls-max", "1.2");
        assertTrue(page.contains("security:    TLSv1.2\n"), page);
        assertTrue(page.contains("ALPN:        http/1.1\n"), page);
    }

    @Test
    void curlOnTls13() throws Exception {
        String page = curl("https", "--tlsv1.3");
        assertTrue(page.contains("security:    TLSv1.3\n"), page);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http", "https"})
    void curlReusesItsConnection(String scheme) throws Exception {
        Command.assumeInstalled("curl");
        String url = scheme + "://" + authority() + "/health";
        Command command = Command.run(List.of("curl", "-sSvk", "--http1.1", "-m", "30", url, url, url));
        assertEquals(0, command.exit(), command.all());
        assertEquals("ok\nok\nok\n", command.out());
        assertTrue(command.err().contains("Re-using existing connection"), command.err());
    }

    @Test
    void curlSendsABodyAfterContinue(@TempDir Path directory) throws Exception {
        Command.assumeInstalled("curl");
        Path body = Files.writeString(directory.resolve("body"), "0123456789".repeat(300_000));
        Command command = Command.run(List.of(
                "curl",
                "-sSk",
                "--http1.1",
                "-m",
                "30",
                "-H",
                "Expect: 100-continue",
                "--data-binary",
                "@" + body,
                "https://" + authority() + "/echo"));
        assertEquals(0, command.exit(), command.err());
        assertEquals(Files.readString(body), command.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslGetsAResponseAndAnOrderlyClose(String version) throws Exception {
        Command.assumeInstalled("openssl");
        Command command = openssl(CLOSING, version, "-ign_eof");
        assertEquals(0, command.exit(), command.all());
        assertTrue(command.out().contains("HTTP/1.1 200 OK"), command.all());
        assertTrue(command.out().contains("closed"), command.all());
        assertFalse(command.all().contains("unexpected eof"), command.all());
        assertFalse(command.all().contains("alert"), command.all());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_2", "-tls1_3"})
    void opensslResumesItsSession(String version, @TempDir Path directory) throws Exception {
        Command.assumeInstalled("openssl");
        String session = directory.resolve("session").toString();
        Command first = openssl(CLOSING, version, "-ign_eof", "-sess_out", session);
        assertTrue(first.out().contains("New, TLSv1."), first.all());
        Command second = openssl(CLOSING, version, "-ign_eof", "-sess_in", session);
        assertTrue(second.out().contains("Reused, TLSv1."), second.all());
        assertTrue(second.out().contains("HTTP/1.1 200 OK"), second.all());
    }

    @ParameterizedTest
    @ValueSource(strings = {"NORMAL", "NORMAL:-VERS-TLS1.3"})
    void gnutlsSeesAnOrderlyCloseWhicheverSideBegins(String priority) throws Exception {
        Command.assumeInstalled("gnutls-cli");
        for (String request : List.of(CLOSING, KEEPING)) {
            Command command = Command.run(
                    List.of(
                            "gnutls-cli",
                            "--insecure",
                            "--priority",
                            priority,
                            "-p",
                            String.valueOf(server.port("mixed")),
                            "127.0.0.1"),
                    request,
                    "HTTP/1.1 200 OK"); // a TLS 1.2 client that has closed gets no response (RFC 5246, 7.2.1)
            assertEquals(0, command.exit(), command.all());
            assertTrue(command.out().contains("HTTP/1.1 200 OK"), command.all());
            String all = command.all().toLowerCase(Locale.ROOT);
            assertFalse(all.contains("fatal"), command.all());
            assertFalse(all.contains("error"), command.all());
        }
    }

    @Test
    void sslscanFindsNothingButTls12And13WithForwardSecrecyAndAead() throws Exception {
        Command.assumeInstalled("sslscan");
        Command command = Command.run(List.of("sslscan", "--no-colour", authority()));
        assertEquals(0, command.exit(), command.all());
        List<String> protocols = SCANNED_PROTOCOL
                .matcher(command.out())
                .results()
                .map(found -> found.group(1))
                .toList();
        assertEquals(List.of("TLSv1.2", "TLSv1.3"), protocols, command.all());
        List<String> suites = SCANNED_SUITE
                .matcher(command.out())
                .results()
                .map(ForeignClientsIT::suite)
                .toList();
        assertTrue(suites.stream().anyMatch(suite -> suite.startsWith("TLSv1.2")), command.all());
        assertTrue(suites.stream().anyMatch(suite -> suite.startsWith("TLSv1.3")), command.all());
        suites.forEach(suite -> assertTrue(SECURE_SUITE.matcher(suite).matches(), suite));
        String logged = server.errorsOfPeers();
        assertTrue(
                logged.contains("NO_COMMON_CIPHER_SUITE"), () -> "the reasons of the refusals in the scan:\n" + logged);
        assertTrue(logged.lines().count() < 100, logged);
        assertFalse(logged.contains("\tat "), () -> "a stack trace:\n" + logged);
    }

    @ParameterizedTest
    @CsvSource({"http, plain", "https, TLSv1.3"})
    void chromiumShowsThePage(String scheme, String security, @TempDir(cleanup = CleanupMode.NEVER) Path directory)
            throws Exception {
        Command.assumeInstalled("chromium");
        Command command = Command.run(List.of(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--user-data-dir=" + directory,
                "--ignore-certificate-errors",
                "--dump-dom",
                scheme + "://" + authority() + "/"));
        assertTrue(command.out().contains("security:    " + security + "\n"), command.all());
    }

    @ParameterizedTest
    @CsvSource({"http, TLSv1.3, plain", "https, TLSv1.2, TLSv1.2", "https, TLSv1.3, TLSv1.3"})
    void jdkHttpClientGetsResponses(String scheme, String protocol, String security) throws Exception {
        SSLParameters parameters = new SSLParameters();
        parameters.setProtocols(new String[] {protocol});
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(Wire.trustingAll())
                .sslParameters(parameters)
                .connectTimeout(Duration.ofSeconds(10))
                .build();
        HttpResponse<String> page = client.send(request(scheme, "/"), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, page.statusCode());
        assertTrue(page.body().contains("security:    " + security + "\n"), page.body());
        HttpResponse<byte[]> bytes =
                client.send(request(scheme, "/bytes/3000000"), HttpResponse.BodyHandlers.ofByteArray());
        assertEquals(3_000_000, bytes.body().length);
        assertEquals(
                404,
                client.send(request(scheme, "/no"), HttpResponse.BodyHandlers.discarding())
                        .statusCode());
    }

    private static HttpRequest request(String scheme, String path) {
        return HttpRequest.newBuilder(URI.create(scheme + "://" + authority() + path))
                .timeout(Duration.ofSeconds(30))
                .build();
    }

    private static String suite(MatchResult found) {
        return found.group(1) + " " + found.group(2);
    }

    private static String curl(String scheme, String... options) throws Exception {
        Command.assumeInstalled("curl");
        List<String> command = new ArrayList<>(List.of("curl", "-sSk", "-m", "30"));
        command.addAll(List.of(options));
        command.add(scheme + "://" + authority() + "/");
        Command run = Command.run(command);
        assertEquals(0, run.exit(), run.err());
        return run.out();
    }

    private static Command openssl(String input, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl", "s_client", "-connect", authority()));
        command.addAll(List.of(options));
        return Command.run(command, input);
    }

    private static String authority() {
        return "127.0.0.1:" + server.port("mixed");
    }
}
