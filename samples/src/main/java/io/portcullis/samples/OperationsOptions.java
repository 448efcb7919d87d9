// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.operations.Operations;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The command-line options for operations. */
final class OperationsOptions {
    private static final String NONE = "none";

    private static final List<String> THIS_MACHINE = List.of("127.0.0.0/8", "::1");

    @Option(
            names = "--operations-host",
            paramLabel = "ADDRESS",
            description = "The address of --operations. Default: 127.0.0.1, regardless of --host.")
    @Nullable
    String host;

    @Option(
            names = "--operations-name",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Host names under which /metrics and /dashboard are served, besides localhost and IP addresses.")
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
            description = "Clients that may see /dashboard, which shows the addresses of all clients. "
                    + "Default: 127.0.0.0/8,::1.")
    @Nullable
    List<String> dashboard;

    @Option(
            names = "--notice",
            paramLabel = "TIME",
            converter = DurationConverter.class,
            description = "How long to keep serving after SIGTERM while /ready returns 503, so that load balancers "
                    + "notice. Default: 0s.")
    Duration notice = Duration.ZERO;

    /**
     * Creates the pages that the options describe.
     *
     * @param open whether there is a listener for the pages
     * @throws IllegalArgumentException if a range is invalid, or if an option without effect is given
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
                    option + " has no effect without --operations PORT, the listener that serves these pages");
        }
    }

    /** Returns the address of the operations listener as given on the command line. */
    String host() {
        return Objects.requireNonNullElse(host, "127.0.0.1");
    }

    /** Returns whether any client may see the dashboard. */
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
                            + " is not a list of ranges; write, for example, 10.0.0.0/8,::1 or 192.0.2.7, or none",
                    e);
        }
    }
}
