// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import javax.net.ssl.SSLException;

/** A closed loop: every connection always has exactly one outstanding request. */
final class KeepAliveLoad extends StandingLoad {

    KeepAliveLoad(Demand demand, Network network, Tally tally) throws SSLException {
        super(demand, network, tally);
    }

    @Override
    void begin() {
        for (Slot slot : slots()) {
            HttpClient client = slot.client();
            if (client != null && !isBusy(slot)) {
                free(client);
            }
        }
    }

    @Override
    void free(HttpClient client) {
        busy(client.slot());
        client.send();
    }

    @Override
    void counted(HttpClient client) {
        if (running()) {
            client.send();
        } else {
            idle(client.slot());
        }
    }
}
