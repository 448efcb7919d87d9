// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A property that a session does not have is absent with every engine, and on both sides. */
class AbsentFactsTest {
    private static List<TlsSession> sessions(FilterPair pair) {
        pair.handshake();
        // Tickets arrive with the first data
        pair.server.send((byte) 1);
        pair.run();
        TlsSession client = pair.client.filter.session();
        TlsSession server = pair.server.filter.session();
        assertNotNull(client);
        assertNotNull(server);
        pair.close();
        return List.of(client, server);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void withoutAlpnThereIsNoApplicationProtocol(String protocol) {
        TestEngines offered = TestEngines.of(protocol).client(settings -> settings.alpn("h2"));
        TestEngines served = TestEngines.of(protocol).server(settings -> settings.alpn("h2"));
        for (TestEngines engines : List.of(TestEngines.of(protocol), offered, served)) {
            for (TlsSession session : sessions(engines.join())) {
                assertEquals(Optional.empty(), session.applicationProtocol());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void withoutAServerNameThereIsNone(String protocol) {
        TestEngines engines = TestEngines.of(protocol)
                .client(TlsProfileBuilder::disableHostnameVerification)
                .host("192.0.2.1");
        for (TlsSession session : sessions(engines.join())) {
            assertEquals(Optional.empty(), session.serverName());
        }
    }

    @Test
    @DisplayName("a resumed TLS 1.2 session has no group, and reports that it is resumed")
    void aResumedSessionOfTls12HasNoGroup() {
        TestEngines engines = TestEngines.of("TLSv1.2");
        for (TlsSession session : sessions(engines.join())) {
            assertTrue(session.group().isPresent());
            assertFalse(session.resumed());
        }
        for (TlsSession session : sessions(engines.join())) {
            assertEquals(Optional.empty(), session.group());
            assertTrue(session.resumed());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "a host name that Java considers invalid works without verification, and is not sent as the server name")
    void aNameWithAnUnderscoreIsConnectedToUnverified(String protocol) {
        TestEngines trusting = TestEngines.of(protocol)
                .client(TlsProfileBuilder::disableHostnameVerification)
                .host("my_app");
        for (TlsSession session : sessions(trusting.join())) {
            assertEquals(Optional.empty(), session.serverName());
        }
        assertThrows(
                IllegalArgumentException.class,
                () -> TestEngines.of(protocol).host("my_app").clientEngine());
    }
}
