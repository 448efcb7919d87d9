// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;

/**
 * An open loop: requests have scheduled times, evenly spread over the connections, whether or not the server keeps up.
 * The latency of a request that could not be sent in time, because the previous response was late, counts from its
 * scheduled time.
 */
@SuppressWarnings("FutureReturnValueIgnored") // of timers, which cannot fail
final class PacedLoad extends StandingLoad {
    private final long[] intended;
    private final long period;
    private int window;

    PacedLoad(Demand demand, Network network, Tally tally) throws SSLException {
        super(demand, network, tally);
        intended = new long[demand.connections()];
        period = TimeUnit.SECONDS.toNanos(1) * demand.connections() / demand.rate();
    }

    @Override
    void begin() {
        window++;
        long now = System.nanoTime();
        for (Slot slot : slots()) {
            intended[slot.index()] = now + period * slot.index() / slots().size();
            schedule(slot);
        }
    }

    @Override
    void free(HttpClient client) {
        idle(client.slot());
        schedule(client.slot());
    }

    @Override
    void counted(HttpClient client) {
        Slot slot = client.slot();
        if (!running()) {
            idle(slot);
            return;
        }
        long now = System.nanoTime();
        tally().answeredAfter(now - intended[slot.index()]);
        intended[slot.index()] += period;
        if (intended[slot.index()] <= now) {
            client.send();
        } else {
            idle(slot);
            schedule(slot);
        }
    }

    private void schedule(Slot slot) {
        int scheduledIn = window;
        long delay = Math.max(0, intended[slot.index()] - System.nanoTime());
        network().loop().schedule(() -> due(slot, scheduledIn), delay, TimeUnit.NANOSECONDS);
    }

    private void due(Slot slot, int scheduledIn) {
        HttpClient client = slot.client();
        if (running() && scheduledIn == window && client != null && !isBusy(slot)) {
            busy(slot);
            client.send();
        }
    }
}
