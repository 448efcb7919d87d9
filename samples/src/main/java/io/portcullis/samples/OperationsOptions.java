// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.operations.Operations;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the command line says about those who run the server. */
final class OperationsOptions {
    private static final String NONE = "none";

    private static final List<String> THIS_MACHINE = List.of("127.0.0.0/8", "::1");

    @Option(
            names = "--operations-host",
            paramLabel = "ADDRESS",
            description = "The address of --operations. Default: 127.0.0.1, whatever --host is.")
    @Nullable
    String host;

    @Option(
            names = "--operations-name",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Names under which /metrics and /dashboard may be asked for, besides localhost and addresses.")
    List<String> names = List.of();

    @Option(
            names = "--metrics",
            paramLabel = "RANGE|none",
            split = ",",
            description = "Clients that may read /metrics, such as 10.0.0.0/8. Default: 127.0.0.0/8,::1.")
    @Nullable
    List<String> metrics;

    @Option(
            names = "--dashboard",
            paramLabel = "RANGE|none",
            split = ",",
            description = "Clients that may see /dashboard, which shows the addresses of all others. "
                    + "Default: 127.0.0.0/8,::1.")
    @Nullable
    List<String> dashboard;

    @Option(
            names = "--notice",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to go on while /ready answers 503, when the process is told to stop, so that load "
                    + "balancers see it. Default: 0s.")
    Duration notice = Duration.ZERO;

    /**
     * The pages that the options describe.
     *
     * @param open whether there is a listener for them
     * @throws IllegalArgumentException if a range is none, or an option is given that has no effect
     */
    Operations site(boolean open) {
        if (!open) {
            refuse("--operations-host", host);
            refuse("--operations-name", names.isEmpty() ? null : names);
            refuse("--metrics", metrics);
            refuse("--dashboard", dashboard);
            return new Operations(null, null, names);
        }
        return new Operations(allowed("--metrics", metrics), allowed("--dashboard", dashboard), names);
    }

    private static void refuse(String option, @Nullable Object value) {
        if (value != null) {
            throw new IllegalArgumentException(
                    option + " has no effect without --operations PORT, the listener that has those pages");
        }
    }

    /** The address of their listener, as it was written. */
    String host() {
        return Objects.requireNonNullElse(host, "127.0.0.1");
    }

    /** Whether anybody may see the dashboard. */
    boolean showsDashboard() {
        return !List.of(NONE).equals(dashboard);
    }

    private static @Nullable TrustedPeers allowed(String option, @Nullable List<String> given) {
        List<String> ranges = Objects.requireNonNullElse(given, THIS_MACHINE);
        if (ranges.equals(List.of(NONE))) {
            return null;
        }
        try {
            return TrustedPeers.of(ranges.toArray(String[]::new));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    option + " " + String.join(",", ranges)
                            + " is no list of ranges; write such as 10.0.0.0/8,::1 or 192.0.2.7, or none",
                    e);
        }
    }
}
