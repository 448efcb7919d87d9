// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Connections that are opened before the window, ask once for the first time, and stay. */
abstract class StandingLoad extends Load {
    /** No more than a small backlog holds. */
    private static final int OPENING_AT_ONCE = 32;

    private int next;

    StandingLoad(Demand demand, Network network, Tally tally) throws SSLException {
        super(demand, network, tally);
    }

    /** A connection is free for the next request of a running window. */
    abstract void free(HttpClient client);

    /** A request of this connection is answered, and counted. */
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
