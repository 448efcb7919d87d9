// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The suggested commands work. */
final class HintsTest {
    private static Map<ListenerKind, InetSocketAddress> at(String host, ListenerKind... kinds) throws Exception {
        Map<ListenerKind, InetSocketAddress> addresses = new EnumMap<>(ListenerKind.class);
        for (ListenerKind kind : kinds) {
            addresses.put(kind, new InetSocketAddress(InetAddress.getByName(host), kind.defaultPort()));
        }
        return addresses;
    }

    @Test
    void aListenerOnAllAddressesIsTriedOnThisMachine() throws Exception {
        assertEquals(List.of("curl http://127.0.0.1:8080/"), Hints.commands(at("0.0.0.0", ListenerKind.PLAIN)));
        assertEquals(List.of("curl http://127.0.0.1:8080/"), Hints.commands(at("::", ListenerKind.PLAIN)));
        assertEquals(List.of("curl http://192.0.2.7:8080/"), Hints.commands(at("192.0.2.7", ListenerKind.PLAIN)));
    }

    @Test
    void theDashboardIsOnTheListenerOfOperationsOnly() throws Exception {
        assertEquals(
                Optional.of("http://127.0.0.1:9002/dashboard"), Hints.dashboard(at("0.0.0.0", ListenerKind.values())));
        assertEquals(
                Optional.of("http://[2001:db8:0:0:0:0:0:1]:9002/dashboard"),
                Hints.dashboard(at("2001:db8::1", ListenerKind.OPERATIONS)));
        assertEquals(
                Optional.empty(),
                Hints.dashboard(at("127.0.0.1", ListenerKind.PLAIN, ListenerKind.TLS, ListenerKind.MIXED)));
    }
}
