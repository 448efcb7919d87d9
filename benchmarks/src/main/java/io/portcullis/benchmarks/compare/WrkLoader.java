// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The program wrk as the load. It opens its connections within the window, drops outstanding requests at the end, and
 * supports whole seconds only; therefore its figures are slightly worse than those of the built-in load.
 */
final class WrkLoader implements Loader {
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in ([0-9.]+)(ms|s|m)");
    private static final long MIB = 1 << 20;

    private final Pinning pinning;
    private @Nullable Demand demand;

    WrkLoader(Pinning pinning) throws IOException {
        if (!Pinning.onPath("wrk")) {
            throw new IOException("wrk is not installed; --load own needs no other program");
        }
        this.pinning = pinning;
    }

    static boolean can(Workload workload) {
        return workload.pattern() == Demand.Pattern.KEEP_ALIVE && !workload.memory();
    }

    @Override
    public String description() {
        return "wrk";
    }

    @Override
    public Count open(Demand next) throws IOException {
        if (next.pattern() != Demand.Pattern.KEEP_ALIVE) {
            throw new IOException("wrk does not support this workload: use --load own");
        }
        demand = next;
        return count(0, 0, 0);
    }

    @Override
    public Count window(Duration length) throws IOException {
        Demand current = demand;
        if (current == null) {
            throw new IOException("no load is open");
        }
        long seconds = Math.max(1, Math.round(length.toMillis() / 1e3));
        String url = (current.secure() ? "https" : "http") + "://127.0.0.1:" + current.port() + current.path();
        List<String> command =
                pinning.load(List.of("wrk", "-t1", "-c" + current.connections(), "-d" + seconds + "s", url));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return parse(text, current)
                .orElseThrow(
                        () -> new IOException("wrk printed: " + text.strip().replace('\n', ' ')));
    }

    @Override
    public void closeConnections() {
        demand = null;
    }

    @Override
    public void close() {
        closeConnections();
    }

    /** Parses the line {@code 12345 requests in 2.00s, 3.45MB read}. */
    static Optional<Count> parse(String output, Demand demand) {
        Matcher matcher = REQUESTS.matcher(output);
        if (!matcher.find()) {
            return Optional.empty();
        }
        long requests = Long.parseLong(matcher.group(1));
        double scale = switch (matcher.group(3)) {
            case "ms" -> 1e-3;
            case "m" -> 60;
            default -> 1;
        };
        long size = demand.path().equals("/1m") ? MIB : 0;
        return Optional.of(count(requests, requests * size, Double.parseDouble(matcher.group(2)) * scale));
    }

    private static Count count(long units, long bytes, double seconds) {
        return new Count(units, bytes, seconds, 0, 0, 0, "", "", Count.Latency.NONE);
    }
}
