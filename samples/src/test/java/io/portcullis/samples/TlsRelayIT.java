// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code TlsRelay}: the name decides where the client's TLS ends, and which server responds. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class TlsRelayIT {
    /** So large that it is relayed in many pieces. */
    private static final String LONG_FIELD = "X-Long: " + "0123456789".repeat(30_000) + "\r\n";

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("TlsRelay", "--port", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "own.example, own.example, The relay itself",
        "pass.example, pass.example, 'The backend, requested as pass.example'",
        "again.example, again.example, 'The backend, requested as localhost'",
    })
    void theNameDecides(String name, String subject, String response) throws Exception {
        for (String field : new String[] {"", LONG_FIELD}) {
            try (SSLSocket socket = Fetch.secured(Wire.trustingAll(), server.address("tls"), name)) {
                assertEquals("CN=" + subject, Fetch.subject(socket));
                assertEquals(response + "\n", Fetch.page(socket, field));
            }
        }
    }

    /** A client that half-closes after its request still gets the response, whichever way it is relayed. */
    @ParameterizedTest
    @CsvSource({
        "pass.example, 'The backend, requested as pass.example'",
        "again.example, 'The backend, requested as localhost'"
    })
    void aClientThatHasHalfClosedGetsItsResponse(String name, String response) throws Exception {
        try (SSLSocket socket = Fetch.secured(Wire.trustingAll(), server.address("tls"), name)) {
            socket.getOutputStream().write(("GET / HTTP/1.1\r\nHost: " + name + "\r\n\r\n").getBytes(ISO_8859_1));
            socket.shutdownOutput();
            String all = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
            assertTrue(all.endsWith(response + "\n"), all);
        }
    }

    @Test
    void otherNamesAreRefused() {
        assertThrows(
                SSLException.class,
                () -> Fetch.secured(Wire.trustingAll(), server.address("tls"), "other.example")
                        .close());
    }
}
