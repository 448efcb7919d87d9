// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Decision;
import io.portcullis.tls.ServerNameMap;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class TlsRelayTest {

    /** The relay passes such a hello on untouched; what the backend's engine makes of the dot is the backend's. */
    @Test
    void aHostIsFoundInAnyCaseAndWithTheDotOfTheRoot() {
        ServerNameMap<Decision> hosts = TlsRelay.hosts(InetSocketAddress.createUnresolved("backend", 443));
        Optional<Decision> passed = hosts.find("pass.example");
        assertEquals(true, passed.isPresent());
        assertEquals(passed, hosts.find("PASS.example."));
        assertEquals(Optional.empty(), hosts.find("pass.example.org"));
    }
}
