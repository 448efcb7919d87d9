// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedPeersTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "192.168.128.0/17, 192.168.128.0, true",
        "192.168.128.0/17, 192.168.127.255, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.6, false",
        "192.0.2.6/31, 192.0.2.7, true",
        "0.0.0.0/0, 203.0.113.9, true",
        "0.0.0.0/0, ::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::1, ::1, true",
        "::/0, 127.0.0.1, false",
        "::ffff:127.0.0.1, 127.0.0.1, true"
    })
    @DisplayName("R11 a range trusts the addresses that it contains and no others")
    void containsExactlyItsRange(String range, String address, boolean expected) {
        TrustedPeers trusted = TrustedPeers.of("203.0.113.1", range);
        assertEquals(expected, trusted.contains(new InetSocketAddress(address, 1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "10.0.0.1/8",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0.0/-1",
                "10/8",
                "2001:db8::/129",
                "::1/0"
            })
    void refusesInvalidRanges(String range) {
        IllegalArgumentException refused =
                assertThrows(IllegalArgumentException.class, () -> TrustedPeers.of("10.0.0.0/8", range));
        assertTrue(String.valueOf(refused.getMessage()).contains("'" + range + "'"));
    }

    @Test
    void trustsNoCertificateByDefault() {
        assertThrows(IllegalArgumentException.class, TrustedPeers::of);
        assertFalse(TrustedPeers.of("::/0").contains(InetSocketAddress.createUnresolved("a.example", 1)));
    }
}
