// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code MixedServer}: plain and TLS on separate ports, and on one common port. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class MixedServerIT {
    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("MixedServer", "--plain", "0", "--tls", "0", "--mixed", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "plain, PLAIN, Plain:",
        "mixed, PLAIN, Plain:",
        "tls, TLS_1_2, Secure: TLSv1.2",
        "tls, TLS_1_3, Secure: TLSv1.3",
        "mixed, TLS_1_2, Secure: TLSv1.2",
        "mixed, TLS_1_3, Secure: TLSv1.3",
    })
    void showsEachConnectionItsSecurity(String listener, Wire wire, String response) throws Exception {
        try (Socket socket = wire.connect(server.address(listener))) {
            String page = Fetch.page(socket);
            assertTrue(page.startsWith(response), page);
        }
    }

    @Test
    void answersNothingInPlaintextWhereOnlyTlsIsSpoken() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("tls"))) {
            assertEquals("no response", Fetch.page(socket));
        } catch (IOException reset) {
            assertTrue(server.isRunning(), reset::toString);
        }
    }

    @Test
    void stopsInOrder() throws Exception {
        try (SampleServer other = SampleServer.program("MixedServer", "--plain", "0", "--tls", "0", "--mixed", "0")) {
            assertEquals(List.of("plain", "tls", "mixed"), other.listeners());
            assertEquals(143, other.stop());
        }
    }

    @Test
    void reportsWhichPortIsInUse() throws Exception {
        Command command = Command.run(Command.program("MixedServer", "--plain", String.valueOf(server.port("plain"))));
        assertEquals(1, command.exit(), command.all());
        assertTrue(command.err().startsWith("MixedServer: cannot listen on "), command.all());
        assertTrue(command.err().contains(":" + server.port("plain") + ":"), command.all());
    }
}
