// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionListener;
import io.portcullis.flight.FlightEvents;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who observes the connections of an endpoint. */
final class Observers {
    private static final List<ConnectionListener> RECORDERS = recorders();

    private Observers() {}

    /** The tracer first, so that its lines stand before what others log; the flight recorder; then those of the application. */
    static List<ConnectionListener> of(@Nullable ConnectionTracer tracer, List<ConnectionListener> given) {
        List<ConnectionListener> all = new ArrayList<>(RECORDERS);
        if (tracer != null) {
            all.add(0, tracer);
        }
        all.addAll(given);
        return List.copyOf(all);
    }

    /** None where the module {@code jdk.jfr} is not there. */
    private static List<ConnectionListener> recorders() {
        try {
            return List.of(new FlightEvents());
        } catch (LinkageError noFlightRecorder) {
            return List.of();
        }
    }
}
