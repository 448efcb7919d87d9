// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code VirtualHosts}: the name in the ClientHello selects the certificate. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class VirtualHostsIT {
    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("VirtualHosts", "--port", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"one.example", "two.example", "TWO.example"})
    void theNameChoosesTheCertificate(String name) throws Exception {
        try (SSLSocket socket = Fetch.secured(Wire.trustingAll(), server.address("tls"), name)) {
            assertEquals("CN=" + name.toLowerCase(Locale.ROOT), Fetch.subject(socket));
            assertTrue(Fetch.page(socket).equalsIgnoreCase("Welcome to " + name + "\n"));
        }
    }

    @Test
    @DisplayName("R12 a name that is not served is refused, and so is a client without SNI")
    void otherNamesAreRefused() {
        assertRefused("three.example");
        assertRefused(null);
    }

    private static void assertRefused(@Nullable String name) {
        assertThrows(
                SSLException.class,
                () -> Fetch.secured(Wire.trustingAll(), server.address("tls"), name)
                        .close());
    }

    @Test
    @DisplayName("R12 the refusal is the alert unrecognized_name (112)")
    void theAlertStatesTheReason() throws Exception {
        Command.assumeInstalled("openssl");
        Command command = Command.run(List.of(
                "openssl", "s_client", "-connect", "127.0.0.1:" + server.port("tls"), "-servername", "three.example"));
        assertTrue(command.all().contains("alert number 112"), command.all());
    }
}
