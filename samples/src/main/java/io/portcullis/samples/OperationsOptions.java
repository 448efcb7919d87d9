// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import io.portcullis.proxy.TrustedPeers;
import io.portcullis.samples.operations.Operations;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What the command line says about those who run the server. */
final class OperationsOptions {
    private static final String NONE = "none";

    @Option(
            names = "--metrics",
            paramLabel = "RANGE|none",
            split = ",",
            description = "Clients that may read /metrics, such as 10.0.0.0/8. Default: 127.0.0.0/8,::1.")
    List<String> metrics = List.of("127.0.0.0/8", "::1");

    @Option(
            names = "--dashboard",
            paramLabel = "RANGE|none",
            split = ",",
            description = "Clients that may see /dashboard, which shows the addresses of all others. "
                    + "Default: 127.0.0.0/8,::1.")
    List<String> dashboard = List.of("127.0.0.0/8", "::1");

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
     * @throws IllegalArgumentException if a range is none
     */
    Operations site() {
        return new Operations(allowed("--metrics", metrics), allowed("--dashboard", dashboard));
    }

    /** Whether anybody may see the dashboard. */
    boolean showsDashboard() {
        return !dashboard.equals(List.of(NONE));
    }

    private static @Nullable TrustedPeers allowed(String option, List<String> ranges) {
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
