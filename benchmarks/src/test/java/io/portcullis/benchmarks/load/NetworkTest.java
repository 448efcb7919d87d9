// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class NetworkTest {

    @Test
    void moreConnectionsThanAnAddressHasPortsUseSeveralAddresses() {
        assertEquals("127.0.0.1", source(0));
        assertEquals("127.0.0.1", source(19_999));
        assertEquals("127.0.0.2", source(20_000));
        assertEquals("127.0.0.3", source(49_999));
    }

    private static String source(int slot) {
        return Network.source(slot).getAddress().getHostAddress();
    }
}
