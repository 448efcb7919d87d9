// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code AlpnChoice}: the protocol negotiated in the handshake selects the handler. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class AlpnChoiceIT {
    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("AlpnChoice", "--port", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static SSLSocket connect(String... protocols) throws Exception {
        return Fetch.secured(Wire.trustingAll(), server.address("tls"), "localhost", protocols);
    }

    @Test
    void speaksWhatTheHandshakeAgreesOn() throws Exception {
        try (SSLSocket echo = connect("h2", "echo")) {
            assertEquals("echo", echo.getApplicationProtocol());
            byte[] text = "GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII);
            echo.getOutputStream().write(text);
            assertArrayEquals(text, echo.getInputStream().readNBytes(text.length));
        }
        try (SSLSocket http = connect("http/1.1")) {
            assertEquals("http/1.1", http.getApplicationProtocol());
            assertEquals("You speak http/1.1\n", Fetch.page(http));
        }
        try (SSLSocket silent = connect()) {
            assertEquals("You speak http/1.1\n", Fetch.page(silent));
        }
    }

    @Test
    @DisplayName("R12 a client that offers only other protocols is refused with alert 120")
    void otherProtocolsAreRefused() throws Exception {
        assertThrows(SSLException.class, () -> connect("h2").close());
        Command.assumeInstalled("openssl");
        Command command = Command.run(
                List.of("openssl", "s_client", "-connect", "127.0.0.1:" + server.port("tls"), "-alpn", "h2"));
        assertTrue(command.all().contains("alert number 120"), command.all());
    }
}
