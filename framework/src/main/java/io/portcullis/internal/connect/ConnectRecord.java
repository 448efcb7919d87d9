// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.ConnectTrace;
import io.portcullis.internal.loop.Clock;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records the phases of a connect and when they occur. Written on the strand of the connect and finally, when the
 * connection is open, on that of the connection. A trace made concurrently with that last step, for a failure that is
 * then not reported, may or may not include it.
 */
final class ConnectRecord {
    private final Clock clock;
    private final String host;
    private final int port;
    private final long begun;
    private List<AddressRace.Attempt> attempts = List.of();
    private @Nullable Duration admitted;
    private @Nullable Duration resolved;
    private @Nullable Duration connected;
    private @Nullable Duration opened;

    ConnectRecord(Clock clock, String host, int port) {
        this.clock = clock;
        this.host = host;
        this.port = port;
        this.begun = clock.now();
    }

    void admitted() {
        admitted = since(clock.now());
    }

    /** Adds the attempts of this race to the trace. */
    void resolved(AddressRace race) {
        resolved = since(clock.now());
        attempts = race.attempts();
    }

    void connected() {
        connected = since(clock.now());
    }

    void opened() {
        opened = since(clock.now());
    }

    ConnectTrace trace(@Nullable TlsSession session) {
        return new ConnectTrace(
                host,
                port,
                Optional.ofNullable(admitted),
                Optional.ofNullable(resolved),
                attempts.stream().map(this::trace).toList(),
                Optional.ofNullable(connected),
                Optional.ofNullable(opened),
                Optional.ofNullable(session));
    }

    private ConnectTrace.Attempt trace(AddressRace.Attempt attempt) {
        return new ConnectTrace.Attempt(
                attempt.address(), since(attempt.begun()), Optional.ofNullable(attempt.failure()));
    }

    private Duration since(long now) {
        return Duration.ofNanos(now - begun);
    }
}
