// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Connections that are opened before the window, send a first request, and stay open. */
abstract class StandingLoad extends Load {
    /** Within a small backlog. */
    private static final int OPENING_AT_ONCE = 32;

    private int next;

    StandingLoad(Demand demand, Network network, Tally tally) throws SSLException {
        super(demand, network, tally);
    }

    /** Called when a connection is free for the next request of a running window. */
    abstract void free(HttpClient client);

    /** Called when a request of this connection has been answered and counted. */
    abstract void counted(HttpClient client);

    @Override
    final void open() {
        for (int i = 0; i < OPENING_AT_ONCE; i++) {
            openNext();
        }
    }

    @Override
    public final void ready(HttpClient client) {
        if (closing()) {
            client.close();
        } else if (running()) {
            free(client);
        } else {
            client.send();
        }
    }

    @Override
    public final void answered(HttpClient client, long bodyBytes) {
        openNext();
        tally().answered(bodyBytes);
        counted(client);
    }

    @Override
    public final void ended(HttpClient client, @Nullable Throwable cause) {
        gone(client.slot());
        if (closing()) {
            idle(client.slot());
            return;
        }
        fault(cause);
        if (!closing()) {
            busy(client.slot());
            connect(client.slot());
        }
    }

    private void openNext() {
        if (next < slots().size()) {
            Slot slot = slots().get(next++);
            busy(slot);
            connect(slot);
        }
    }
}
