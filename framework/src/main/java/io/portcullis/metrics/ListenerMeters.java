// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.portcullis.Traffic;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The meters for the connections of one listener, or of the clients. */
final class ListenerMeters {
    private final String name;
    private final Counter accepted;
    private final LivingConnections living;

    ListenerMeters(MeterRegistry meters, Tags tags, String name, LivingConnections living) {
        this.name = name;
        this.living = living;
        accepted = Counter.builder("portcullis.connections.accepted")
                .description("Connections accepted, or established by a client")
                .tags(tags)
                .register(meters);
        for (ConnectionMode mode : ConnectionMode.values()) {
            Gauge.builder(
                            "portcullis.connections.active",
                            living,
                            all -> all.look(name).count(mode))
                    .description("Connections that have not ended")
                    .tags(tags.and("mode", mode.name().toLowerCase(Locale.ROOT)))
                    .register(meters);
        }
        Gauge.builder("portcullis.write.queue", living, all -> all.look(name).pendingBytes())
                .description("Bytes waiting to be sent, over all connections")
                .baseUnit("bytes")
                .tags(tags)
                .register(meters);
        traffic(meters, tags.and("direction", "in", "layer", "network"), Traffic::networkIn);
        traffic(meters, tags.and("direction", "out", "layer", "network"), Traffic::networkOut);
        traffic(meters, tags.and("direction", "in", "layer", "application"), Traffic::applicationIn);
        traffic(meters, tags.and("direction", "out", "layer", "application"), Traffic::applicationOut);
    }

    private void traffic(MeterRegistry meters, Tags tags, ToDoubleFunction<Traffic> figure) {
        FunctionCounter.builder(
                        "portcullis.traffic",
                        living,
                        all -> figure.applyAsDouble(all.look(name).traffic()))
                .description("Bytes transferred by connections: on the wire, and as plaintext")
                .baseUnit("bytes")
                .tags(tags)
                .register(meters);
    }

    String name() {
        return name;
    }

    void accepted() {
        accepted.increment();
    }
}
