// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A closed loop of connections: each is opened, sends one request, and closes; then the next one replaces it. */
final class HandshakeLoad extends Load {

    HandshakeLoad(Demand demand, Network network, Tally tally) throws SSLException {
        super(demand, network, tally);
    }

    /** Opens one connection for each slot, so that the first connections of a window have a session to resume. */
    @Override
    void open() {
        begin();
    }

    @Override
    void begin() {
        for (Slot slot : slots()) {
            busy(slot);
            connect(slot);
        }
    }

    @Override
    public void ready(HttpClient client) {
        client.send();
    }

    @Override
    public void answered(HttpClient client, long bodyBytes) {
        tally().answered(bodyBytes);
        client.close();
    }

    @Override
    public void ended(HttpClient client, @Nullable Throwable cause) {
        Slot slot = client.slot();
        gone(slot);
        if (!client.wasAnswered() && !closing()) {
            fault(cause);
        }
        if (running()) {
            connect(slot);
        } else {
            idle(slot);
        }
    }
}
