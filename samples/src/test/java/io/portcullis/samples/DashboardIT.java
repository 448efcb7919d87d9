// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The dashboard, in a real browser. Screenshots are saved in {@code target/screenshots}. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class DashboardIT {
    private static Browser browser;
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        browser = new Browser();
        server = SampleServer.start("--tls", "0", "--mixed", "0", "--echo", "0", "--operations", "0");
    }

    @AfterAll
    static void stop() {
        if (browser != null) {
            browser.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static void open(String scheme) {
        browser.open(scheme + "://127.0.0.1:" + server.port("operations") + "/dashboard");
        browser.await(
                "the stream of events", () -> browser.find("#state").getText().equals("live"));
    }

    /** Returns the cells of the connection from the given port; empty if it is not shown. */
    private static List<String> row(int port) {
        return browser.evaluate(List.class, """
                const row = Array.from(document.querySelectorAll("#connections tbody tr"))
                    .find(row => row.cells.length > 1 && row.cells[2].innerText === arguments[0]);
                return row ? Array.from(row.cells, cell => cell.innerText) : [];""", "127.0.0.1:" + port);
    }

    /** Returns the count of an outcome or reason; 0 if it is not shown. */
    private static long count(String table, String name) {
        return browser.evaluate(Long.class, """
                const row = Array.from(document.querySelectorAll("#" + arguments[0] + " tbody tr"))
                    .find(row => row.cells[0].innerText === arguments[1]);
                return row ? Number(row.cells[1].innerText.replaceAll(",", "")) : 0;""", table, name);
    }

    @ParameterizedTest
    @CsvSource({"https, TLSv1.3", "http, plain"})
    void showsItsOwnConnection(String scheme, String security) {
        open(scheme);
        browser.await("its own row", () -> !browser.texts("tr.own").isEmpty());
        assertTrue(browser.find("#over").getText().contains(security), browser.texts("#over")::toString);
        List<String> own = browser.texts("tr.own td");
        assertEquals("operations", own.get(1));
        assertEquals(scheme.equals("https") ? "tls" : "plain", own.get(3));
        assertEquals(scheme.equals("https") ? security : "", own.get(4));
        assertEquals(List.of(), browser.complaints());
    }

    @Test
    void clientsAppearAndVanish() throws Exception {
        open("https");
        int plainPort;
        int securedPort;
        try (Socket plain = Wire.PLAIN.connect(server.address("echo"));
                Socket secured = Wire.TLS_1_2.connect(server.address("echo"))) {
            plainPort = plain.getLocalPort();
            securedPort = secured.getLocalPort();
            echo(plain);
            echo(secured);
            browser.await("the plain client", () -> shown(plainPort).contains("4 B"));
            browser.await("the TLS client", () -> row(securedPort).contains("tls"));
            assertEquals(List.of("echo", "plain", "", "", "", "4 B", "4 B"), shown(plainPort));
            List<String> cells = row(securedPort);
            assertEquals("TLSv1.2", cells.get(4));
            assertTrue(cells.get(5).startsWith("TLS_"), cells::toString);
        }
        browser.await("the plain client to vanish", () -> row(plainPort).isEmpty());
        browser.await("the TLS client to vanish", () -> row(securedPort).isEmpty());
        browser.await("their ends", () -> count("ends", "PEER_CLOSE") >= 2);
    }

    /** Returns a row without the id, the address and the age. */
    private static List<String> shown(int port) {
        List<String> row = row(port);
        return row.isEmpty()
                ? row
                : List.of(row.get(1), row.get(3), row.get(4), row.get(5), row.get(6), row.get(8), row.get(9));
    }

    private static void echo(Socket socket) throws IOException {
        socket.getOutputStream().write("ping".getBytes(US_ASCII));
        InputStream in = socket.getInputStream();
        assertEquals("ping", new String(in.readNBytes(4), US_ASCII));
    }

    @Test
    void aFailedHandshakeIsCountedUnderItsReason() throws Exception {
        open("https");
        long before = count("outcomes", "PLAIN_HTTP");
        try (Socket socket = Wire.PLAIN.connect(server.address("tls"))) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
            socket.getInputStream().readAllBytes();
        }
        browser.await("the failure", () -> count("outcomes", "PLAIN_HTTP") == before + 1);
        assertTrue(count("outcomes", "SUCCESS") >= 1, "the browser's own");
        assertTrue(browser.find("#outcomes td.bad").isDisplayed());
    }

    @Test
    void theCertificateAndItsDaysAreShown() {
        open("https");
        browser.await("the certificate", () -> browser.texts("#certificates td").contains("localhost"));
        double days =
                Double.parseDouble(browser.texts("#certificates td.number").get(0));
        assertTrue(days > 88 && days <= 90, () -> days + " days");
    }

    @Test
    void whatAClientSendsIsShownAsTextNotMarkup() throws Exception {
        Command.assumeInstalled("openssl");
        open("https");
        Command.run(
                List.of(
                        "openssl",
                        "s_client",
                        "-connect",
                        "127.0.0.1:" + server.port("tls"),
                        "-servername",
                        "<img/src=x/onerror=document.title=1>",
                        "-alpn",
                        "<b>bold</b>"),
                "");
        browser.await("the next frame", () -> count("outcomes", "SUCCESS") >= 1);
        assertEquals(0L, browser.<Long>evaluate(Long.class, "return document.querySelectorAll('img, td *').length"));
        assertEquals("Portcullis", browser.evaluate(String.class, "return document.title"));
    }

    @Test
    void chartsAreDrawnInBothThemesAndOnNarrowScreens() throws Exception {
        browser.resize(1280, 900);
        open("https");
        makeTraffic();
        browser.await("points in the charts", () -> points() >= 6);
        assertEquals(3, browser.texts("canvas").size());
        Map<String, String> colours = Map.of("first", background(), "other", otherTheme());
        assertNotEquals(colours.get("first"), colours.get("other"));
        otherTheme();
        browser.resize(420, 900);
        assertTrue(
                browser.<Boolean>evaluate(
                        Boolean.class,
                        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"),
                "only tables scroll sideways");
        browser.screenshot("dashboard-narrow");
        browser.resize(1280, 900);
        assertEquals(List.of(), browser.complaints());
    }

    private static void makeTraffic() throws IOException {
        for (int i = 0; i < 40; i++) {
            try (Socket socket = (i % 2 == 0 ? Wire.TLS_1_3 : Wire.PLAIN).connect(server.address("mixed"))) {
                socket.getOutputStream()
                        .write("GET /bytes/100000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                                .getBytes(US_ASCII));
                socket.getInputStream().readAllBytes();
            }
        }
    }

    private static long points() {
        return browser.evaluate(Long.class, "return charts.traffic.times.length");
    }

    private static String background() throws IOException {
        String theme = browser.evaluate(String.class, "return document.documentElement.dataset.theme");
        browser.screenshot("dashboard-" + theme);
        return browser.evaluate(String.class, "return getComputedStyle(document.body).backgroundColor");
    }

    private static String otherTheme() throws IOException {
        browser.find("#theme").click();
        return background();
    }

    @Test
    void aViewerDoesNotDelayShutdownAndSeesThatTheConnectionIsLost() throws Exception {
        try (SampleServer stopping = SampleServer.start("--mixed", "0", "--operations", "0")) {
            browser.open("https://127.0.0.1:" + stopping.port("operations") + "/dashboard");
            browser.await("the stream", () -> browser.find("#state").getText().equals("live"));
            assertEquals(143, stopping.stop(), "128 + SIGTERM");
            browser.await("the loss", () -> "lost".equals(browser.find("#state").getDomAttribute("class")));
        }
    }
}
