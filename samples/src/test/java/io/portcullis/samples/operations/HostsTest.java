// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations pages are not served under a name that an attacker may point to this machine (DNS rebinding). */
final class HostsTest {
    private final Hosts hosts = new Hosts(List.of("One", "ops.example.org"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:9002",
                "localhost.",
                "127.0.0.1",
                "192.0.2.7:9002",
                "[::1]",
                "[2001:db8::7]:9002",
                "one:9002",
                "ops.example.org",
                "OPS.example.org.:443"
            })
    void localhostAddressesAndConfiguredNamesArePermitted(String authority) {
        assertTrue(hosts.contains(authority));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":9002",
                "attacker.example",
                "localhost.attacker.example",
                "127.0.0.1.attacker.example:9002",
                "1.2.3.4.5",
                "attacker.example:127.0.0.1",
                "localhost@attacker.example",
                "attacker.example#localhost",
                "[::1].attacker.example",
                "[attacker.example]",
                "::1",
                "x.ops.example.org",
                "localhost..",
                "127.0.0.1 "
            })
    void everythingElseIsNot(String authority) {
        assertFalse(hosts.contains(authority));
    }
}
